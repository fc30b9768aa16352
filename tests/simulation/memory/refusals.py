"""The errors that the storage SDKs raise with the real services."""

from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
    ServiceRequestError,
    ServiceResponseError,
)

from tests.simulation.memory.wire import Answered, NoAnswer, NoConnection

_BY_STATUS: dict[int, type[HttpResponseError]] = {
    401: ClientAuthenticationError,
    404: ResourceNotFoundError,
    409: ResourceExistsError,
    412: ResourceModifiedError,
}
# With these, the SDKs repeat the request up to twice.
_SENT_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


def refusal(status: int, code: str) -> HttpResponseError:
    """Return the error of a response with this status and code."""
    error = _BY_STATUS.get(status, HttpResponseError)(code)
    error.status_code = status
    error.error_code = code
    return error


def storage_error(error: NoConnection | NoAnswer | Answered) -> Exception:
    """Return what the storage SDKs raise if this went wrong on the wire."""
    match error:
        case NoConnection():
            return ServiceRequestError("no connection")
        case NoAnswer():
            return ServiceResponseError("no answer")
    return refusal(error.status, error.code)


def is_sent_again(operation: str, error: NoConnection | NoAnswer | Answered) -> bool:
    """Whether the storage SDKs repeat the request. The tables SDK doesn't if an insert got no answer."""
    if isinstance(error, NoAnswer):
        return operation != "table:insert" and not error.for_good
    return isinstance(error, NoConnection) or error.status in _SENT_AGAIN
