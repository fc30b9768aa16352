"""What each error means that the Graph reference documents for the learning API."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

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
from activities.graph.responses import LONGEST_WAIT, Response, error_from

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
    (400, "badRequest", "This provider isn't enabled for the given tenant.", EverybodysFault),
    (400, "badRequest", "This provider isn’t enabled for the given tenant.", EverybodysFault),  # noqa: RUF001
    (400, "This provider isn't enabled for the given tenant.", "", EverybodysFault),
    (400, "badRequest", NOT_REGISTERED, EverybodysFault),
    # The response to a base URL without /v1.0.
    (400, "BadRequest", "Invalid version: employeeExperience", EverybodysFault),
    (401, "InvalidAuthenticationToken", "Access token has expired.", EverybodysFault),
    (402, "paymentRequired", "The payment requirements for the API haven't been met.", EverybodysFault),
    (403, "Forbidden", NO_ACCESS, EverybodysFault),
    (403, "Forbidden", "The application has no permission scope for this request.", EverybodysFault),
    (403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", EverybodysFault),
    (403, "forbidden", "You don't have an adequate service plan for this request.", EverybodysFault),
    (403, "Forbidden", "You don't have a service plan adequate for this request.", EverybodysFault),
    (403, "Forbidden", "The tenant license isn't valid to perform the operation", EverybodysFault),
    (403, "Forbidden", "The user license isn't valid to perform the operation", Reason.LEARNER_UNLICENSED),
    (403, "Forbidden", "The user license is not valid to perform the operation", Reason.LEARNER_UNLICENSED),
    (403, "The user license isn't valid to perform the operation", "", Reason.LEARNER_UNLICENSED),
    (
        403,
        "Forbidden",
        "The provider isn't valid to create course activity for the given learning content",
        Reason.CONTENT_NOT_OWNED,
    ),
    (403, "Forbidden", "", Refused),
    (404, "notFound", "The requested assignment ID doesn't exist.", ActivityNotFound),
    (405, "methodNotAllowed", "This method isn't supported for this entity type.", Refused),
    (407, "", "", EverybodysFault),
    (408, "requestTimeout", "", Unclear),
    (409, "conflict", "Another object with the same value already exists.", Unclear),
    (412, "preconditionFailed", "", Unclear),
    (429, "tooManyRequests", "Retry after 2 minutes", Throttled),
    (500, "internalServerError", "", Unclear),
    (502, "badGateway", "", Unclear),
    (503, "serviceUnavailable", "", Unclear),
    (503, "serviceUnavailable", "Retry after 2 minutes", Throttled),
    (504, "gatewayTimeout", "", Unclear),
]


# What the reference doesn't have: words from other Graph APIs, and words that nobody knows.
OTHERS: dict[str, tuple[int, str, str, type[GraphError] | Reason]] = {
    "a URL that Graph cannot parse": (400, "BadRequest", "RequestBroker--ParseUri: invalid path", UriRefused),
    "a query that Graph cannot parse": (400, "badRequest", "Error in query syntax.", UriRefused),
    "a filter that Graph cannot parse": (400, "BadRequest", "Invalid filter clause", EverybodysFault),
    "a URL with the name of a field": (
        400,
        "BadRequest",
        "ParseUri: learningCourseActivities(externalcourseActivityId='a/b')",
        UriRefused,
    ),
    "the provider, which is a setting": (
        400,
        "badRequest",
        "Input field learningProviderId is invalid",
        EverybodysFault,
    ),
    "the provider among fields": (400, "badRequest", "learningProviderId is unknown", EverybodysFault),
    "a path that Graph reads as several": (404, "notFound", "Resource not found for the segment 'b'", UriRefused),
    "a field without the word for it": (
        400,
        "badRequest",
        "The assignedDateTime is out of range",
        Reason.REJECTED_BY_GRAPH,
    ),
    "a field and the tenant": (400, "badRequest", "learningContentId: not in this tenant", Reason.REJECTED_BY_GRAPH),
    "a field in other words than for a 400": (403, "Forbidden", "assignedDateTime", Refused),
    "a part of a name": (400, "badRequest", "mylearnerUserIds", Refused),
    "a name that is a word": (400, "badRequest", "The request ended with status Error; see notes", Refused),
    "a word that is a name": (400, "badRequest", "The property 'status' has a wrong value", Reason.REJECTED_BY_GRAPH),
    "an unknown field": (400, "badRequest", "Input field Ann is invalid", Reason.REJECTED_BY_GRAPH),
    "no such learner": (400, "badRequest", "User with this id could not be found", Reason.LEARNER_NOT_FOUND),
    "no such learner in a tenant": (403, "Forbidden", "The user doesn't exist in the tenant", Reason.LEARNER_NOT_FOUND),
    "no such learner at a create": (404, "notFound", "The learner does not exist", Reason.LEARNER_NOT_FOUND),
    "no such learner in the field": (400, "badRequest", "learnerUserId: user not found", Reason.LEARNER_NOT_FOUND),
    "no such assigner": (400, "badRequest", "Input field assignerUserId: user not found", Reason.REJECTED_BY_GRAPH),
    "no such course of a learner": (400, "badRequest", "The user's course was not found", Refused),
    "unknown words": (403, "Forbidden", "Guests cannot do this.", Refused),
    "an odd status": (422, "unprocessable", "No.", Refused),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_errors(name: str) -> None:
    """If Graph uses words that the reference doesn't have, it's the record's fault, everybody's, or unknown."""
    status, code, message, meaning = OTHERS[name]
    error = error_from("create", Response(status, {}, body_of(code, message)))
    assert (error.reason if isinstance(error, Rejected) else type(error)) == meaning
    assert not error.may_have_effect


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("Input field COMPLETIONPERCENTAGE is invalid", ": completionPercentage"),
        ("Input field externalcourseActivityId length exceeded", ": externalCourseActivityId"),
        ("Input field 'notes' shouldn't be empty", ": notes"),
        ("The learningContentId is unknown", ": learningContentId"),
        ("learnerUserId: no user not found", ": learnerUserId: Graph does not know the learner"),
        ("Input field ann.smith@contoso.example is invalid", ""),
    ],
)
def test_the_detail_names_the_field(message: str, field: str) -> None:
    """A dead letter says which of Graph's properties is wrong, and nothing else from Graph's message."""
    error = error_from("create", Response(400, {}, body_of("badRequest", message)))
    assert str(error) == f"create: 400 badRequest{field}"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (NOT_REGISTERED, "the tenant does not know the learning provider, or it is not enabled"),
        (
            "This provider isn't enabled for the given tenant.",
            "the tenant does not know the learning provider, or it is not enabled",
        ),
        ("The application has no permission scope for this request.", "a permission is missing"),
        (
            "You don't have an adequate service plan for this request.",
            "the tenant or its service plan does not allow it",
        ),
        ("Invalid version: employeeExperience", "Graph does not understand the request"),
    ],
)
def test_the_detail_says_what_concerns_everybody(message: str, words: str) -> None:
    """In this project's words: operators don't see Graph's messages, which could contain learner data."""
    error = error_from("create", Response(400, {}, body_of("badRequest", message)))
    assert str(error) == f"create: 400 badRequest: {words}"


def test_a_user_who_is_looked_up_is_not_there() -> None:
    """A 404 says that a learner is unknown only at a create. A lookup of a user has its own way to say so."""
    response = Response(404, {}, body_of("Request_ResourceNotFound", "The user does not exist"))
    assert type(error_from("find_user", response)) is ActivityNotFound


def body_of(code: str, message: str) -> bytes:
    """Return an error body as Graph writes it."""
    return json.dumps({"error": {"code": code, "message": message, "innerError": {"request-id": "r-1"}}}).encode()


@pytest.mark.parametrize("change", [str, str.upper, str.lower], ids=["as documented", "upper case", "lower case"])
@pytest.mark.parametrize(("status", "code", "message", "meaning"), DOCUMENTED)
def test_documented_errors(
    status: int, code: str, message: str, meaning: type[GraphError] | Reason, change: type[str]
) -> None:
    """Status, code and message decide. Upper and lower case vary, so they don't matter."""
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
    [(302, Unclear), (400, Refused), (403, Refused), (404, Unclear), (429, Throttled),
     (500, Unclear), (503, Unclear), (599, Unclear)],
)  # fmt: skip
def test_without_an_error_body_the_status_decides(body: bytes, status: int, kind: type[GraphError]) -> None:
    """If the error body is missing or useless, only the status counts. Without Graph's words, a 404 says nothing."""
    error = error_from("update", Response(status, {"request-id": "r-2"}, body))
    assert (type(error), error.request_id, str(error)) == (kind, "r-2", f"update: {status}")


def in_seconds(seconds: float) -> str:
    """Return the HTTP date that's this many seconds ahead."""
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
        ("soon", "Retry after 2 minutes", 120),
        ("-5", "", 0),
        ("31536000", "", LONGEST_WAIT),
        (31_536_000, "", LONGEST_WAIT),
        (None, "Retry after 99999999999999999999999 minutes", LONGEST_WAIT),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_to_wait(status: int, header: str | int | None, message: str, seconds: float) -> None:
    """The header counts first, then the message. The result is at most an hour.

    A number stands for a date that's this many seconds ahead.
    """
    headers = {} if header is None else {"retry-after": in_seconds(header) if isinstance(header, int) else header}
    error = error_from("create", Response(status, headers, body_of("x", message)))
    assert isinstance(error, Throttled)
    assert error.after == seconds
    assert error.may_have_effect == (status == 503)


@pytest.mark.parametrize("header", [None, "", "soon", "NaN", "inf", "1e9", "9" * 400])
def test_without_a_time(header: str | None) -> None:
    """A 429 is throttling even if it gives no time. A 503 that gives none isn't."""
    headers = {} if header is None else {"retry-after": header}
    throttled, unclear = (
        error_from("create", Response(status, headers, body_of("x", "Wait."))) for status in (429, 503)
    )
    assert isinstance(throttled, Throttled)
    assert throttled.after is None
    assert (type(unclear), unclear.status, unclear.may_have_effect) == (Unclear, 503, True)
