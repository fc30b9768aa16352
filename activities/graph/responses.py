"""What Graph's responses mean: the only place where statuses and messages become this project's errors. Pure.

Sources: Graph v1.0 reference, "Error messages" of the learning API and "Microsoft Graph throttling guidance". Codes
and messages are compared case-insensitively, because their case varies.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus

from activities.domain.errors import (
    ActivityNotFound,
    EverybodysFault,
    GraphError,
    Refused,
    Rejected,
    Throttled,
    Unclear,
    UriRefused,
)
from activities.domain.outcomes import Reason

# Waiting longer than this (seconds) before the next request helps nobody, whatever a header or another process says.
LONGEST_WAIT = 3600.0

_UNITS = {"second": 1, "minute": 60, "hour": 3600}
_WAIT_IN_MESSAGE = re.compile(r"retry after (\d+) (second|minute|hour)", re.IGNORECASE)
# How to recognise everybody's faults, and how to describe them in words. The first match counts.
# The reference has straight and curly apostrophes, so the expressions have none.
_EVERYBODYS_IN_WORDS: Mapping[str, str] = {
    # The provider is a setting.
    r"provider.* enabled|registration ?id|learningProviderId": "the tenant does not know the learning provider, or it "
    "is not enabled",
    r"scope|permission|privilege|authorization_requestdenied": "a permission is missing",
    r"service plan|tenant|global administrator": "the tenant or its service plan does not allow it",
    # The app built the URL and the query.
    r"invalid version|filter clause": "Graph does not understand the request",
}
_EVERYBODYS = re.compile("|".join(_EVERYBODYS_IN_WORDS), re.IGNORECASE)
# A value in the URL has characters that Graph doesn't read as part of the value.
_URI = re.compile(r"parseuri|query syntax|resource not found for the segment", re.IGNORECASE)
_UNLICENSED = re.compile(r"licen[sc]e", re.IGNORECASE)
_NOT_OWNED = re.compile(r"provider.*content|content.*provider", re.IGNORECASE)
_NO_SUCH_USER = re.compile(
    r"\b(user|learner)\b((?!content|course|licen|provider)[^.])*(not found|not be found|not exist|n.t exist)",
    re.IGNORECASE,
)
_FIELD = re.compile(r"input field\W+([@\w.]+)", re.IGNORECASE)
# Names that a detail may show. A response could have learner data where Graph usually has the name of a field.
_FIELDS = (
    "@odata.type",
    "assignedDateTime",
    "assignerUserId",
    "assignmentType",
    "completedDateTime",
    "completionPercentage",
    "dueDateTime",
    "externalCourseActivityId",
    "learnerUserId",
    "learningContentId",
    "notes",
    "startedDateTime",
    "status",
)
# These are also English words, so they count as names only in quotes or after "field" or "property".
_PLAIN_WORDS = ("notes", "status")
_AFTER = r"""(['"\u2018\u2019\u201c\u201d]|\b(field|property) )"""
_BY_STATUS: dict[int, type[GraphError]] = {
    HTTPStatus.UNAUTHORIZED: EverybodysFault,
    HTTPStatus.PAYMENT_REQUIRED: EverybodysFault,
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: EverybodysFault,
    HTTPStatus.REQUEST_TIMEOUT: Unclear,
    HTTPStatus.CONFLICT: Unclear,
    HTTPStatus.PRECONDITION_FAILED: Unclear,
}
# The operations whose success is a 204.
_WITHOUT_CONTENT = ("update", "delete")
_IN_WORDS: Mapping[Reason, str] = {
    Reason.LEARNER_NOT_FOUND: "Graph does not know the learner",
    Reason.LEARNER_UNLICENSED: "the learner has no valid licence for Viva Learning",
    Reason.CONTENT_NOT_OWNED: "the course belongs to another learning provider",
}
_SAFE_CODE = re.compile(r"[^A-Za-z0-9_ .-]")


@dataclass(frozen=True)
class Response:
    """The parts of an HTTP response that matter here.

    If it isn't `certain` that it belongs to the request, it doesn't prove that the request had no effect.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    certain: bool = True

    @cached_property
    def document(self) -> dict[str, object] | None:
        """The JSON object in the body, or None if there is none."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return document if isinstance(document, dict) else None


def error_from(operation: str, response: Response) -> GraphError | None:
    """Return the error that a response stands for, or None if Graph did what was requested."""
    if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
        if _is_success(operation, response):
            return None
        return Unclear(f"{operation}: {response.status}, but not Graph's usual answer", status=response.status)
    code, message, request_id = _read(response)
    status, text = response.status, f"{code} {message}"
    detail = f"{operation}: {status} {_SAFE_CODE.sub('', code)[:60]}".rstrip()
    wait = _wait(response, message)
    # A 503 that names no time means that one server is in trouble.
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None):
        return Throttled(
            detail,
            after=wait,
            status=status,
            request_id=request_id,
            may_have_effect=status == HTTPStatus.SERVICE_UNAVAILABLE,
        )
    field = _field(text) if status == HTTPStatus.BAD_REQUEST else None
    meaning = _meaning(operation, status, text, field)
    if isinstance(meaning, Reason):
        named = ": ".join(filter(None, (detail, field, _IN_WORDS.get(meaning))))
        return Rejected(named, reason=meaning, status=status, request_id=request_id)
    if meaning is EverybodysFault:
        detail = ": ".join(filter(None, (detail, _everybodys_in_words(text))))
    return meaning(detail, status=status, request_id=request_id)


def _everybodys_in_words(text: str) -> str | None:
    found = (words for pattern, words in _EVERYBODYS_IN_WORDS.items() if re.search(pattern, text, re.IGNORECASE))
    return next(found, None)


def _is_success(operation: str, response: Response) -> bool:
    """Whether a 2xx is Graph's and not a gateway's: 204 for an update or a delete, or 200 or 201 with JSON."""
    if response.status == HTTPStatus.NO_CONTENT:
        return operation in _WITHOUT_CONTENT
    return response.status in (HTTPStatus.OK, HTTPStatus.CREATED) and response.document is not None


def _meaning(operation: str, status: int, text: str, field: str | None) -> Reason | type[GraphError]:
    """Return the error, or the reason why the record is rejected."""
    if status == HTTPStatus.NOT_FOUND:
        return _not_found(operation, text)
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Unclear
    return _refusal(status, text, field)


def _not_found(operation: str, text: str) -> Reason | type[GraphError]:
    """Return what a 404 means. If it has no code and no message, it comes from a gateway on the way to Graph."""
    if operation == "create" and _NO_SUCH_USER.search(text):
        return Reason.LEARNER_NOT_FOUND
    if _URI.search(text):
        return UriRefused
    return ActivityNotFound if text.strip() else Unclear


def _refusal(status: int, text: str, field: str | None) -> Reason | type[GraphError]:
    """Return whose fault a 4xx is: this record's, everybody's, or unclear because nobody knows the message."""
    if field in (None, "learnerUserId") and _NO_SUCH_USER.search(text):
        return Reason.LEARNER_NOT_FOUND
    if field is not None:
        return Reason.REJECTED_BY_GRAPH
    if _URI.search(text) or _EVERYBODYS.search(text):
        return UriRefused if _URI.search(text) else EverybodysFault
    if status == HTTPStatus.FORBIDDEN:
        if _UNLICENSED.search(text):
            return Reason.LEARNER_UNLICENSED
        if _NOT_OWNED.search(text):
            return Reason.CONTENT_NOT_OWNED
    return Refused


def _field(text: str) -> str | None:
    """Return the field that's wrong; empty if its name isn't one of Graph's, None if the text names no field."""
    named = _FIELD.search(text)
    if named is not None:
        name = named[1].lower().rstrip(".")
        return None if name == "learningproviderid" else next((one for one in _FIELDS if one.lower() == name), "")
    if _URI.search(text):
        # The text quotes the URL, which contains names of fields.
        return None
    for name in _FIELDS:
        before = _AFTER if name in _PLAIN_WORDS else ""
        if re.search(rf"{before}(?<!\w){re.escape(name)}\b", text, re.IGNORECASE):
            return name
    return None


def _read(response: Response) -> tuple[str, str, str | None]:
    """Return the code, message and request id. An HTML page or an empty body has neither code nor message."""
    request_id = response.headers.get("request-id")
    # The reference shows some errors without the object around them.
    document = response.document or {}
    error = document.get("error", document)
    if not isinstance(error, dict):
        return "", "", request_id
    inner = error.get("innerError")
    if request_id is None and isinstance(inner, dict) and inner.get("request-id"):
        request_id = str(inner["request-id"])
    codes = (str(one.get("code") or "") for one in (error, inner) if isinstance(one, dict))
    return " ".join(filter(None, codes)), str(error.get("message") or ""), request_id


def _wait(response: Response, message: str) -> float | None:
    """Return the seconds to wait: from the header (a number or a date), else from the message, else None."""
    wait = _header_wait(response.headers.get("retry-after", ""))
    if wait is None:
        words = _WAIT_IN_MESSAGE.search(message)
        if words is None:
            return None
        wait = float(words[1]) * _UNITS[words[2].lower()]
    return min(max(wait, 0.0), LONGEST_WAIT)


def _header_wait(header: str) -> float | None:
    if re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", header.strip()):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
