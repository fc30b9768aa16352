"""Responses with which Graph refuses a request, each for a different reason and in its own words."""

import json
from http import HTTPStatus

from tests.faults.actions import Status


def words(message: str, code: str = "Forbidden") -> dict[str, dict[str, str]]:
    """Return the body of a refusal."""
    return {"error": {"code": code, "message": message}}


def _refusal(status: HTTPStatus, message: str) -> Status:
    return Status(status, body=json.dumps(words(message)).encode())


# This record's own fault: Graph names a field.
NOT_VALID = "Input field assignmentType is invalid"
REFUSED = _refusal(HTTPStatus.BAD_REQUEST, NOT_VALID)
GONE = _refusal(HTTPStatus.NOT_FOUND, "The requested assignment ID doesn't exist.")
# Everybody's fault, as far as the app can tell.
NO_PERMISSION = _refusal(HTTPStatus.FORBIDDEN, "You don't have permission. Contact your administrator.")
# Nobody knows whose fault it is.
UNKNOWN = _refusal(HTTPStatus.FORBIDDEN, "Guests are asked to use the other entrance.")
