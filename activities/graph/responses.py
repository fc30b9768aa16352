"""What a response of Graph means: the one place where its statuses and messages become errors of this project. Pure.

Sources: Graph v1.0 reference, "Error messages" of the learning API and "Microsoft Graph throttling guidance". Codes
and messages are compared without regard to case, which varies.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from activities.domain.errors import ActivityNotFound, ConfigurationFault, GraphError, Rejected, Throttled, Unclear
from activities.domain.outcomes import Reason

# Waiting longer before the next request serves nobody, whatever a header or another process says.
LONGEST_WAIT = 3600.0
# For a throttled response that names no time.
DEFAULT_WAIT = 10.0

_UNITS = {"second": 1, "minute": 60, "hour": 3600}
_WAIT_IN_MESSAGE = re.compile(r"retry after (\d+) (second|minute|hour)", re.IGNORECASE)
# The reference has straight and curly apostrophes, so the expressions have none.
_SETUP_FAULT = re.compile(r"provider.* enabled|registration ?id|invalid version", re.IGNORECASE)
_UNLICENSED = re.compile(r"licen[sc]e", re.IGNORECASE)
_NOT_OWNED = re.compile(r"provider.*content|content.*provider", re.IGNORECASE)
_TENANT_FAULT = re.compile(r"scope|permission|privilege|service plan|tenant|authorization_requestdenied", re.IGNORECASE)
_BY_STATUS: dict[int, type[GraphError]] = {
    HTTPStatus.UNAUTHORIZED: ConfigurationFault,
    HTTPStatus.PAYMENT_REQUIRED: ConfigurationFault,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: ConfigurationFault,
    HTTPStatus.NOT_FOUND: ActivityNotFound,
    HTTPStatus.REQUEST_TIMEOUT: Unclear,
    HTTPStatus.CONFLICT: Unclear,
    HTTPStatus.PRECONDITION_FAILED: Unclear,
}
_SAFE_CODE = re.compile(r"[^A-Za-z0-9_ .-]")


@dataclass(frozen=True, slots=True)
class Response:
    """The parts of an HTTP response that matter here."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def error_from(operation: str, response: Response) -> GraphError:
    """Return the error that an unsuccessful response stands for."""
    code, message, request_id = _read(response)
    detail = f"{operation}: {response.status} {_SAFE_CODE.sub('', code)[:60]}".rstrip()
    status = response.status
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return Throttled(
            detail,
            after=_wait(response, message),
            status=status,
            request_id=request_id,
            may_have_effect=status == HTTPStatus.SERVICE_UNAVAILABLE,
        )
    meaning = _meaning(status, code, message)
    if isinstance(meaning, Reason):
        return Rejected(detail, reason=meaning, status=status, request_id=request_id)
    return meaning(detail, status=status, request_id=request_id)


def _meaning(status: int, code: str, message: str) -> Reason | type[GraphError]:
    """Return the error, or the reason why the event is rejected."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status == HTTPStatus.FORBIDDEN:
        return _forbidden(f"{code} {message}")
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unclear
    if status == HTTPStatus.BAD_REQUEST and _SETUP_FAULT.search(f"{code} {message}"):
        return ConfigurationFault
    return Reason.REJECTED_BY_GRAPH


def _forbidden(text: str) -> Reason | type[GraphError]:
    """Tell whether a 403 is about the learner, the course or the tenant. Unknown words count as the tenant's.

    The requests are then held, which loses nothing.
    """
    if not _TENANT_FAULT.search(text):
        if _UNLICENSED.search(text):
            return Reason.LEARNER_UNLICENSED
        if _NOT_OWNED.search(text):
            return Reason.CONTENT_NOT_OWNED
    return ConfigurationFault


def _read(response: Response) -> tuple[str, str, str | None]:
    """Return code, message and request id. An HTML page or an empty body has neither code nor message."""
    request_id = response.headers.get("request-id")
    try:
        body = json.loads(response.body)
    except ValueError:
        body = None
    # The reference shows some errors without the object around them.
    error = body.get("error", body) if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", "", request_id
    inner = error.get("innerError")
    if request_id is None and isinstance(inner, dict) and inner.get("request-id"):
        request_id = str(inner["request-id"])
    return str(error.get("code") or ""), str(error.get("message") or ""), request_id


def _wait(response: Response, message: str) -> float:
    """Return the seconds to wait: from the header (a number or a date), else the message, else a default."""
    wait = _header_wait(response.headers.get("retry-after", ""))
    if wait is None:
        words = _WAIT_IN_MESSAGE.search(message)
        wait = float(words[1]) * _UNITS[words[2].lower()] if words else DEFAULT_WAIT
    return min(max(wait, 0.0), LONGEST_WAIT)


def _header_wait(header: str) -> float | None:
    if re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", header.strip()):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
