"""How strictly Graph reads values in a path, and ids that end up in a path.

The reference doesn't say what happens to a slash in a value, and public reports differ. `Config.slashes` chooses the
behaviour:

- `encoded_twice`: `%2F` is refused with `RequestBroker--ParseUri`, `%252F` is a slash (microsoft-graph-docs#10167).
- `query_syntax`: the same, but `%2F` in a quoted key is "Error in query syntax" (OData/odata.net#2477).
- `refused`: both are refused.
- `any`: both are a slash.

All but `any` also refuse an activity's external id if it's long or a URL would have to encode it.
"""

import re
from http import HTTPStatus
from typing import Literal

from tools.develop.simulator.responses import Refusal, bad_request, invalid
from tools.develop.simulator.schema import EXTERNAL_ID

Slashes = Literal["any", "encoded_twice", "query_syntax", "refused"]

LONGEST_EXTERNAL_ID = 64
_PLAIN = re.compile(r"[A-Za-z0-9._~-]*")
_ONCE = re.compile("%2F", re.IGNORECASE)
_TWICE = re.compile("%252F", re.IGNORECASE)
_IN_QUOTED_KEY = re.compile(r"\([^()/]*=(?:'|%27)[^/]*%2F", re.IGNORECASE)


def check_path(path: str, slashes: Slashes) -> None:
    """Check the encoded slashes in a path. The path is percent-encoded and has no query.

    Raises:
        Refusal: 400, Graph wouldn't accept it.
    """
    if slashes == "any":
        return
    once, twice = _ONCE.search(path), _TWICE.search(path)
    if slashes == "query_syntax" and _IN_QUOTED_KEY.search(path):
        raise bad_request("Error in query syntax.")
    found = once or (twice if slashes == "refused" else None)
    if found:
        segment = re.split("[/(]|%2F", path[found.end() :], flags=re.IGNORECASE)[0]
        message = f"Resource not found for the segment '{segment}'."
        raise Refusal(HTTPStatus.BAD_REQUEST, "RequestBroker--ParseUri", message)


def as_read(path: str, slashes: Slashes) -> str:
    """Return the path as the service behind the gateway reads it, still percent-encoded once."""
    return path if slashes == "any" else _TWICE.sub("%2F", path)


def check_external_id(external_id: str | None, slashes: Slashes) -> None:
    """Check an activity's external id.

    Raises:
        Refusal: 400, it's too long or not plain.
    """
    if slashes == "any" or external_id is None:
        return
    if len(external_id) > LONGEST_EXTERNAL_ID:
        raise bad_request(f"Input field {EXTERNAL_ID} length exceeded than {LONGEST_EXTERNAL_ID}")
    if not _PLAIN.fullmatch(external_id):
        raise invalid(EXTERNAL_ID)
