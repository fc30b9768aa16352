"""What ends a command before it is done: one sentence for the operator, and the exit code.

Trouble                  1  something was found, or has failed
├── WrongUsage           2
├── NotAllowed           3  not signed in, or a right is missing
├── NotReachable         4  no answer, or no service behind it
└── Interrupted        130  as a shell says it
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
    "AuthorizationFailure": ", and see whether the account's firewall lets you in",
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
    """The command cannot go on. The text is one sentence for the operator."""

    code = Exit.FINDINGS


class WrongUsage(Trouble):
    """The command was called wrongly."""

    code = Exit.WRONG_USAGE


class NotAllowed(Trouble):
    """The operator is not signed in, or has not the right."""

    code = Exit.NOT_ALLOWED


class NotReachable(Trouble):
    """Nothing answers, or what answers is ill."""

    code = Exit.NOT_REACHABLE


class Interrupted(Trouble):
    """The operator has interrupted the command."""

    code = Exit.INTERRUPTED


def refused(error: Exception) -> bool:
    """Whether the operator is not signed in or not allowed, so that trying again is useless."""
    return isinstance(error, ClientAuthenticationError) or getattr(error, "status_code", 0) == HTTPStatus.FORBIDDEN


def trouble_of_ours(error: StorageFault | NewerVersion, needs: str | None = None) -> Trouble:
    """Translate what the app's own code makes of storage."""
    if isinstance(error, NewerVersion):
        return Trouble("a later version of the app has written this: use the `lms-sync` of that version")
    cause = error.__cause__
    return trouble_of(cause, needs) if isinstance(cause, AzureError) else NotReachable(f"storage is ill: {error}")


def trouble_of(error: AzureError, needs: str | None = None) -> Trouble:
    """Translate an error of storage.

    Args:
        error: what the library has raised.
        needs: the roles that the command needs, with where it needs them.
    """
    if isinstance(error, DecodeError):
        return Trouble("nobody can read one of the messages: find it with `lms-sync queues unreadable`")
    code = getattr(error, "error_code", None) or type(error).__name__
    code = getattr(code, "value", code)
    if refused(error):
        roles = "see the roles" if needs is None else f"you need {needs}; see the roles"
        fix = f"try `az login`{_OR.get(str(code), '')}; {roles} in docs/deployment.md"
        return NotAllowed(f"not signed in, or not allowed ({code}): {fix}")
    if isinstance(error, _NO_ANSWER):
        return NotReachable(
            f"storage does not answer ({code}): check the network, the name of the account, and whether its firewall "
            "lets you in"
        )
    if code in _MISSING:
        return Trouble(f"{code}: check the name, and whether this is the right account")
    said = (str(error.message).splitlines() or [""])[0]
    ill = isinstance(error, HttpResponseError) and (error.status_code or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return (NotReachable if ill else Trouble)(f"storage refused: {code}: {said}")
