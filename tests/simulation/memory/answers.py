"""Graph's answers, in the words of its reference, or in words seen elsewhere if the reference has none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON body and headers."""

    status: int
    body: dict[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def refused(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with Graph's error body."""
    return Answer(status, {"error": {"code": code, "message": message}}, headers or {})


NO_SUCH_ACTIVITY = refused(404, "notFound", "The requested assignment ID doesn't exist.")
NO_SUCH_COURSE = refused(404, "notFound", "The requested learning content doesn't exist.")
NO_SUCH_USER = refused(404, "Request_ResourceNotFound", "Resource 'x' does not exist.")
NO_SCOPE = refused(
    403,
    "Forbidden",
    "Your account doesn't have access to this report or data. Contact your global administrator to request access.",
)
NOT_ALLOWED = refused(403, "Forbidden", "You don't have an adequate service plan for this request.")
UNLICENSED = refused(403, "Forbidden", "The user license isn't valid to perform the operation")
NOT_OWNED = refused(
    403, "Forbidden", "The provider isn't valid to create course activity for the given learning content"
)
UNKNOWN_WORDS = refused(403, "Forbidden", "Guests cannot take part in this.")
WRONG_TYPE = refused(400, "badRequest", "Input field assignmentType is invalid")
WRONG_LEARNER = refused(400, "badRequest", "Input field learnerUserId is invalid")
ILL = refused(500, "internalServerError", "An internal server error occurred.")
