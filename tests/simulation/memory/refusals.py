"""The errors of the storage SDKs, as the real services lead to them."""

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
# The SDKs send these again, twice.
_SENT_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


def refusal(status: int, code: str) -> HttpResponseError:
    """Return the error of a response with this status and code."""
    error = _BY_STATUS.get(status, HttpResponseError)(code)
    error.status_code = status
    error.error_code = code
    return error


def storage_error(error: NoConnection | NoAnswer | Answered) -> Exception:
    """Return what the storage SDKs raise for something that went wrong on the way."""
    match error:
        case NoConnection():
            return ServiceRequestError("no connection")
        case NoAnswer():
            return ServiceResponseError("no answer")
    return refusal(error.status, error.code)


def is_sent_again(operation: str, error: NoConnection | NoAnswer | Answered) -> bool:
    """Whether the storage SDKs send the request again. That of tables does not if an insert had no answer."""
    if isinstance(error, NoAnswer):
        return operation != "table:insert" and not error.for_good
    return isinstance(error, NoConnection) or error.status in _SENT_AGAIN
