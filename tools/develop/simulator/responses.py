"""Microsoft Graph's responses: successes, and refusals in the words of the reference.

Source: "Error responses in the learningCourseActivity API" and the v1.0 reference of each operation. If the reference
doesn't say (401, 409, directory), the wording is what Graph and Entra use elsewhere.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any


@dataclass
class Response:
    """A status with headers and a JSON body. None is an empty body."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Graph refuses a request."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def response(self, request_id: str, client_request_id: str) -> Response:
        """Build the response with Graph's error body."""
        inner = {
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        error = {"code": self.code, "message": self.message, "innerError": inner}
        return Response(self.status, {"error": error}, dict(self.headers))


def bad_request(message: str) -> Refusal:
    """Refuse a malformed request or body."""
    return Refusal(HTTPStatus.BAD_REQUEST, "badRequest", message)


def required(name: str) -> Refusal:
    """Refuse a body that lacks a required property."""
    return bad_request(f"Input field {name} is required")


def invalid(name: str) -> Refusal:
    """Refuse a value that the property can't have."""
    return bad_request(f"Input field {name} is invalid")


def forbidden(message: str) -> Refusal:
    """Refuse because a permission or licence is missing, or the content is another provider's."""
    return Refusal(HTTPStatus.FORBIDDEN, "Forbidden", message)


def unauthenticated(message: str) -> Refusal:
    """Refuse a request without a valid token."""
    return Refusal(
        HTTPStatus.UNAUTHORIZED,
        "InvalidAuthenticationToken",
        message,
        {"WWW-Authenticate": 'Bearer realm=""'},
    )


def not_found() -> Refusal:
    """Refuse because the activity doesn't exist or isn't visible."""
    return Refusal(HTTPStatus.NOT_FOUND, "notFound", "The requested assignment ID doesn't exist.")


def conflict() -> Refusal:
    """Refuse a second activity with the same external id (not in the reference)."""
    return Refusal(
        HTTPStatus.CONFLICT,
        "conflict",
        "Another object with the same value for property externalcourseActivityId already exists.",
    )


def not_supported() -> Refusal:
    """Refuse a method that the entity doesn't support."""
    return Refusal(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "methodNotAllowed",
        "This method isn't supported for this entity type. "
        "See the Microsoft Graph documentation for the methods applicable to this entity.",
    )


NO_SCOPE = (
    "Your account doesn't have access to this report or data. Contact your global administrator to request access."
)
NO_SERVICE_PLAN = "You don't have an adequate service plan for this request."
NO_LICENCE = "The user license isn't valid to perform the operation"
NOT_THE_PROVIDER = "The provider isn't valid to create course activity for the given learning content"
NOT_ENABLED = "This provider isn't enabled for the given tenant."
NOT_REGISTERED = (
    "There was an issue with your request. "
    "Make sure the registrationId you entered is valid or registered for your tenant."
)
