"""xAPI statements as a record store takes them: each has an id, which the sender gets back. Pure.

Source: xAPI 1.0.3, part three, "Statement resource". This app is none, it only takes what is sent to one.
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
# Every statement has these. What has none of them is something else.
_PROPERTIES = frozenset({"actor", "verb", "object"})


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of a request, each with an id: a list of them, or the single one that was sent."""

    value: dict[str, object] | list[dict[str, object]]

    @property
    def ids(self) -> list[str]:
        """Their ids, in order."""
        return [str(one["id"]) for one in (self.value if isinstance(self.value, list) else [self.value])]

    @property
    def own_id(self) -> str | None:
        """The id of the only statement."""
        return self.ids[0] if len(self.ids) == 1 else None


def read_statements(request: Request, content: bytes) -> Statements:
    """Read the statements that a request stores, and give an id to those that have none.

    Raises:
        Refusal: it holds no statements, or the id in the query is another one than the statement's.
    """
    value = read(content)
    if "method" in request.query:
        # The alternate syntax, in which a POST may also be a query.
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
    """The answer to the sender of these statements."""
    if request.method == "PUT":
        return Answer(HTTPStatus.NO_CONTENT)
    return Answer(HTTPStatus.OK, statements.ids)


def version_header(headers: Mapping[str, str]) -> dict[str, str]:
    """The header that every response has: the version that the request names, if a header can hold it."""
    version = headers.get(_VERSION.lower()) or _LATEST
    return {_VERSION: version} if version.isascii() and version.isprintable() else {}


def _single(value: object, named: str | None) -> dict[str, object]:
    statement = _identified(value, named)
    if named is not None and str(statement["id"]).lower() != named.lower():
        raise Refusal(HTTPStatus.BAD_REQUEST, "other_statement_id")
    return statement


def _identified(value: object, named: str | None = None) -> dict[str, object]:
    """The statement with an id: its own, else the one that the query names, else a new one."""
    if not isinstance(value, dict) or not _PROPERTIES & value.keys():
        raise Refusal(HTTPStatus.BAD_REQUEST, "no_statements")
    own = value.get("id")
    return value if isinstance(own, str) and own else value | {"id": named or str(uuid.uuid4())}
