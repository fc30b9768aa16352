"""Reads xAPI statements the way a record store does: each has an id, which the sender gets back. Pure.

Source: xAPI 1.0.3, part three, "Statement Resource". This app isn't a record store. It only accepts what's sent to one.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from activities.intake.result import MAX_ITEMS
from activities.webhooks.content import read
from activities.webhooks.request import Answer, Refusal, Request

XAPI = "xapi"
_VERSION = "X-Experience-API-Version"
_LATEST = "1.0.3"
# Every statement has these. An object without any of them is something else.
_PROPERTIES = frozenset({"actor", "verb", "object"})


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of a request, each with an id: a list, or a single one if it was sent alone."""

    value: dict[str, object] | list[dict[str, object]]

    @property
    def ids(self) -> list[str]:
        """Their ids, in order."""
        return [str(one["id"]) for one in (self.value if isinstance(self.value, list) else [self.value])]

    @property
    def own_id(self) -> str | None:
        """The id of the statement, if there's exactly one."""
        return self.ids[0] if len(self.ids) == 1 else None


def read_statements(request: Request, content: bytes) -> Statements:
    """Read the statements in a request, and give an id to those that have none.

    Raises:
        Refusal: it has no statements or too many, it uses the alternate syntax, or the id in the query isn't the
            statement's.
    """
    value = read(content)
    if "method" in request.query:
        # In the alternate syntax, a POST may stand for another method, even for a query.
        raise Refusal(HTTPStatus.BAD_REQUEST, "alternate_syntax")
    named = request.query.get("statementId") or None
    if not isinstance(value, list) or request.method == "PUT":
        return Statements(_single(value, named))
    if len(value) > MAX_ITEMS:
        raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_many")
    if named is not None and len(value) > 1:
        raise Refusal(HTTPStatus.BAD_REQUEST, "other_statement_id")
    return Statements([_single(one, named) for one in value])


def stored(request: Request, statements: Statements) -> Answer:
    """Return the answer to the sender of these statements."""
    if request.method == "PUT":
        return Answer(HTTPStatus.NO_CONTENT)
    return Answer(HTTPStatus.OK, statements.ids)


def version_header(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the header that every response has: the version in the request, if a header can hold it."""
    version = headers.get(_VERSION.lower()) or _LATEST
    return {_VERSION: version} if version.isascii() and version.isprintable() else {}


def _single(value: object, named: str | None) -> dict[str, object]:
    statement = _identified(value, named)
    if named is not None and str(statement["id"]).lower() != named.lower():
        raise Refusal(HTTPStatus.BAD_REQUEST, "other_statement_id")
    return statement


def _identified(value: object, named: str | None = None) -> dict[str, object]:
    """Return the statement with an id: its own, or else the one in the query, or else a new one."""
    if not isinstance(value, dict) or not _PROPERTIES & value.keys():
        raise Refusal(HTTPStatus.BAD_REQUEST, "no_statements")
    own = value.get("id")
    return value if isinstance(own, str) and own else value | {"id": named or str(uuid.uuid4())}
