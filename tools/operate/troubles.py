"""The errors that end a command early. Each has a sentence for the operator and an exit code.

Trouble                  1  something was found, or failed
├── WrongUsage           2
├── NotAllowed           3  not signed in, or a right is missing
├── NotReachable         4  no answer, or a fault of the service
└── Interrupted        130  the code that shells use for it
"""

from enum import IntEnum
from http import HTTPStatus

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)

from activities.domain.errors import NewerVersion, StorageFault

_MISSING = ("QueueNotFound", "TableNotFound", "ContainerNotFound")
# What else these codes may mean.
_OR = {
    "AuthenticationFailed": ", or another key if you gave a connection string",
    "AuthorizationFailure": ", and check whether the account's firewall lets you in",
}
_NO_ANSWER = (ServiceRequestError, ServiceResponseError, IncompleteReadError)


class Exit(IntEnum):
    """The exit codes of every command."""

    GOOD = 0
    FINDINGS = 1
    WRONG_USAGE = 2
    NOT_ALLOWED = 3
    NOT_REACHABLE = 4
    INTERRUPTED = 130


class Trouble(Exception):
    """The command can't go on. The text is one sentence for the operator."""

    code = Exit.FINDINGS


class WrongUsage(Trouble):
    """The command was called wrongly."""

    code = Exit.WRONG_USAGE


class NotAllowed(Trouble):
    """The operator isn't signed in, or lacks a right."""

    code = Exit.NOT_ALLOWED


class NotReachable(Trouble):
    """There's no answer, or the service has a fault."""

    code = Exit.NOT_REACHABLE


class Interrupted(Trouble):
    """The operator interrupted the command."""

    code = Exit.INTERRUPTED


def refused(error: Exception) -> bool:
    """Return whether the operator isn't signed in or isn't allowed, so that trying again is useless."""
    return isinstance(error, ClientAuthenticationError) or getattr(error, "status_code", 0) == HTTPStatus.FORBIDDEN


def trouble_of_ours(error: StorageFault | NewerVersion, needs: str | None = None) -> Trouble:
    """Translate an error that the app's own storage code has raised."""
    if isinstance(error, NewerVersion):
        return Trouble("a later version of the app wrote this: use that version's `lms-sync`")
    cause = error.__cause__
    return trouble_of(cause, needs) if isinstance(cause, AzureError) else NotReachable(f"storage has a fault: {error}")


def trouble_of(error: AzureError, needs: str | None = None) -> Trouble:
    """Translate an error from storage.

    Args:
        error: what the library raised.
        needs: the roles that the command needs, and where.
    """
    if isinstance(error, DecodeError):
        return Trouble("one of the messages can't be read: find it with `lms-sync queues unreadable`")
    code = getattr(error, "error_code", None) or type(error).__name__
    code = getattr(code, "value", code)
    if refused(error):
        roles = "see the roles" if needs is None else f"you need {needs}; see the roles"
        fix = f"try `az login`{_OR.get(str(code), '')}; {roles} in docs/deployment.md"
        return NotAllowed(f"not signed in, or not allowed ({code}): {fix}")
    if isinstance(error, _NO_ANSWER):
        return NotReachable(
            f"storage doesn't answer ({code}): check the network, the account's name, and whether its firewall lets "
            "you in"
        )
    if code in _MISSING:
        return Trouble(f"{code}: check the name, and whether this is the right account")
    said = (str(error.message).splitlines() or [""])[0]
    ill = isinstance(error, HttpResponseError) and (error.status_code or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return (NotReachable if ill else Trouble)(f"storage refused: {code}: {said}")
