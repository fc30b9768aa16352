"""Tells which refusals of the table service concern every event."""

from http import HTTPStatus

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from activities.domain.errors import ConfigurationFault

_FORBIDDEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def is_missing_row(error: HttpResponseError) -> bool:
    """Whether the table is there, but the row is not."""
    return isinstance(error, ResourceNotFoundError) and getattr(error, "error_code", None) != "TableNotFound"


def configuration_fault(table: str, error: HttpResponseError) -> ConfigurationFault | None:
    """Return the fault if the table is missing or closed to the app, so that every event would fail; else None."""
    missing = isinstance(error, ResourceNotFoundError) and not is_missing_row(error)
    if missing or isinstance(error, ClientAuthenticationError) or error.status_code in _FORBIDDEN:
        code = getattr(error, "error_code", None)
        return ConfigurationFault(f"{table}: {error.status_code} {getattr(code, 'value', code)}")
    return None
