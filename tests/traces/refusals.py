"""Responses by which Graph refuses a request: each for another reason, in its own words."""

import json
from http import HTTPStatus

from tests.faults.actions import Status


def _refusal(status: HTTPStatus, code: str, message: str) -> Status:
    return Status(status, body=json.dumps({"error": {"code": code, "message": message}}).encode())


# This record's own fault: Graph names a field.
REFUSED = _refusal(HTTPStatus.BAD_REQUEST, "badRequest", "Input field assignmentType is invalid")
UNLICENSED = _refusal(HTTPStatus.FORBIDDEN, "Forbidden", "The user license isn't valid to perform the operation")
# Everybody's fault, as far as can be told.
NO_PERMISSION = _refusal(HTTPStatus.FORBIDDEN, "Forbidden", "You don't have permission. Contact your administrator.")
# Nobody knows whose fault it is.
UNKNOWN = _refusal(HTTPStatus.FORBIDDEN, "Forbidden", "The operation is not available.")
