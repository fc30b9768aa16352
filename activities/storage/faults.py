"""Tells which storage errors concern every event."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from azure.core.exceptions import AzureError, ClientAuthenticationError, DecodeError, HttpResponseError

from activities.domain.errors import StorageFault

# Refused for now or for good, whatever the request says.
_CLOSED = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_MANY_REQUESTS,
)
# With one of these codes, a 404 means that the row or blob doesn't exist. Otherwise its table or container doesn't.
_MISSING = ("ResourceNotFound", "EntityNotFound", "BlobNotFound")
_BEING_DELETED = ("TableBeingDeleted", "ContainerBeingDeleted")


@contextmanager
def concerning_all(place: str) -> Iterator[None]:
    """Turn errors that concern every event into a `StorageFault`. Other errors are raised as they are.

    Args:
        place: one word for the table or container that's used.
    """
    try:
        yield
    except AzureError as error:
        if not _concerns_all(error):
            raise
        raise StorageFault(place, detail_of(error)) from error


def _concerns_all(error: AzureError) -> bool:
    """Whether the table or container is missing, closed to the app, or failing."""
    if not isinstance(error, HttpResponseError) or isinstance(error, ClientAuthenticationError | DecodeError):
        # There was no connection, no identity, or no complete response in time.
        return True
    status, code = error.status_code, _code(error)
    if status == HTTPStatus.NOT_FOUND:
        return code not in _MISSING
    return status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _CLOSED or code in _BEING_DELETED


def detail_of(error: AzureError) -> str:
    """Return status and error code, but not the text, which may quote what was sent or received."""
    code = _code(error) or type(error).__name__
    status = getattr(error, "status_code", None)
    return code if status is None else f"{status} {code}"


def _code(error: AzureError) -> str | None:
    code = getattr(error, "error_code", None)
    return None if code is None else str(getattr(code, "value", code))
