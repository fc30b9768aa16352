"""What each error means that the Graph reference documents for the learning API."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from activities.domain.errors import ActivityNotFound, ConfigurationFault, GraphError, Rejected, Throttled, Unclear
from activities.domain.outcomes import Reason
from activities.graph.responses import DEFAULT_WAIT, LONGEST_WAIT, Response, error_from

NO_ACCESS = (
    "Your account doesn't have access to this report or data. Contact your global administrator to request access."
)
NOT_REGISTERED = (
    "There was an issue with your request. Make sure the registrationId you entered is valid or registered for your "
    "tenant."
)

# Status, code and message as the reference has them, and the error or the reason of the rejection.
DOCUMENTED: list[tuple[int, str, str, type[GraphError] | Reason]] = [
    (400, "badRequest", "Input field learnerUserId is required", Reason.REJECTED_BY_GRAPH),
    (400, "badRequest", "Input field completionPercentage is invalid", Reason.REJECTED_BY_GRAPH),
    (400, "Bad Request", "Input field learningContentId is empty", Reason.REJECTED_BY_GRAPH),
    (400, "badRequest", "Input field notes length exceeded", Reason.REJECTED_BY_GRAPH),
    (400, "badRequest", "This provider isn't enabled for the given tenant.", ConfigurationFault),
    (400, "badRequest", "This provider isn’t enabled for the given tenant.", ConfigurationFault),  # noqa: RUF001
    (400, "This provider isn't enabled for the given tenant.", "", ConfigurationFault),
    (400, "badRequest", NOT_REGISTERED, ConfigurationFault),
    # The response to a base URL without /v1.0.
    (400, "BadRequest", "Invalid version: employeeExperience", ConfigurationFault),
    (401, "InvalidAuthenticationToken", "Access token has expired.", ConfigurationFault),
    (402, "paymentRequired", "The payment requirements for the API haven't been met.", ConfigurationFault),
    (403, "Forbidden", NO_ACCESS, ConfigurationFault),
    (403, "Forbidden", "The application has no permission scope for this request.", ConfigurationFault),
    (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", ConfigurationFault),
    (403, "forbidden", "You don't have an adequate service plan for this request.", ConfigurationFault),
    (403, "Forbidden", "You don't have a service plan adequate for this request.", ConfigurationFault),
    (403, "Forbidden", "The tenant license isn't valid to perform the operation", ConfigurationFault),
    (403, "Forbidden", "The user license isn't valid to perform the operation", Reason.LEARNER_UNLICENSED),
    (403, "Forbidden", "The user license is not valid to perform the operation", Reason.LEARNER_UNLICENSED),
    (403, "The user license isn't valid to perform the operation", "", Reason.LEARNER_UNLICENSED),
    (
        403,
        "Forbidden",
        "The provider isn't valid to create course activity for the given learning content",
        Reason.CONTENT_NOT_OWNED,
    ),
    (403, "Forbidden", "", ConfigurationFault),
    (404, "notFound", "The requested assignment ID doesn't exist.", ActivityNotFound),
    (405, "methodNotAllowed", "This method isn't supported for this entity type.", Reason.REJECTED_BY_GRAPH),
    (407, "", "", ConfigurationFault),
    (408, "requestTimeout", "", Unclear),
    (409, "conflict", "Another object with the same value already exists.", Unclear),
    (412, "preconditionFailed", "", Unclear),
    (429, "tooManyRequests", "Retry after 2 minutes", Throttled),
    (500, "internalServerError", "", Unclear),
    (502, "badGateway", "", Unclear),
    (503, "serviceUnavailable", "", Throttled),
    (504, "gatewayTimeout", "", Unclear),
]


def body_of(code: str, message: str) -> bytes:
    """Return the body of an error as Graph writes it."""
    return json.dumps({"error": {"code": code, "message": message, "innerError": {"request-id": "r-1"}}}).encode()


@pytest.mark.parametrize("change", [str, str.upper, str.lower], ids=["as documented", "upper case", "lower case"])
@pytest.mark.parametrize(("status", "code", "message", "meaning"), DOCUMENTED)
def test_documented_errors(
    status: int, code: str, message: str, meaning: type[GraphError] | Reason, change: type[str]
) -> None:
    """Status, code and message decide. Upper and lower case, which vary, do not matter."""
    error = error_from("create", Response(status, {}, body_of(change(code), change(message))))
    assert (error.reason if isinstance(error, Rejected) else type(error)) == meaning
    assert (error.status, error.request_id) == (status, "r-1")
    assert error.may_have_effect == (status in {408, 409, 412, 500, 502, 503, 504})
    assert message[:20].lower() not in str(error).lower() or not message


def test_a_bare_error_is_understood() -> None:
    """The reference shows throttling as code and message, without the `error` object around them."""
    error = error_from("create", Response(429, {}, b'{"code": "tooManyRequests", "message": "Retry after 3 minutes"}'))
    assert isinstance(error, Throttled)
    assert (error.after, str(error)) == (180, "create: 429 tooManyRequests")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"error": "text"}', b'{"error": {}}', b"\xff"])
@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, Unclear), (400, Rejected), (403, ConfigurationFault), (404, ActivityNotFound), (429, Throttled),
     (500, Unclear), (599, Unclear)],
)  # fmt: skip
def test_without_an_error_body_the_status_decides(body: bytes, status: int, kind: type[GraphError]) -> None:
    """An error body that is missing or useless leaves the status, and the header with the request id."""
    error = error_from("update", Response(status, {"request-id": "r-2"}, body))
    assert (type(error), error.request_id, str(error)) == (kind, "r-2", f"update: {status}")


def in_seconds(seconds: float) -> str:
    """Return the HTTP date that is so many seconds ahead."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("header", "message", "seconds"),
    [
        ("17", "", 17),
        ("0", "", 0),
        ("2.5", "", 2.5),
        (" 30 ", "Retry after 2 minutes", 30),
        (600, "", pytest.approx(600, abs=60)),
        (-600, "", 0),
        (None, "Retry after 2 minutes", 120),
        (None, "Too many requests. retry after 30 SECONDS.", 30),
        (None, "Retry after 1 hour", 3600),
        (None, "Too many requests.", DEFAULT_WAIT),
        ("", "", DEFAULT_WAIT),
        ("soon", "Retry after 2 minutes", 120),
        ("-5", "", 0),
        ("NaN", "", DEFAULT_WAIT),
        ("inf", "", DEFAULT_WAIT),
        ("1e9", "", DEFAULT_WAIT),
        ("9" * 400, "", DEFAULT_WAIT),
        ("31536000", "", LONGEST_WAIT),
        (31_536_000, "", LONGEST_WAIT),
        (None, "Retry after 99999999999999999999999 minutes", LONGEST_WAIT),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait(status: int, header: str | int | None, message: str, seconds: float) -> None:
    """The header counts first, then the message, then a default. The result is at most an hour.

    A number stands for a date that is so many seconds ahead.
    """
    headers = {} if header is None else {"retry-after": in_seconds(header) if isinstance(header, int) else header}
    error = error_from("create", Response(status, headers, body_of("x", message)))
    assert isinstance(error, Throttled)
    assert error.after == seconds
