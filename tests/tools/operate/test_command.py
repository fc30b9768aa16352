"""The options, exit codes and error messages that all commands share."""

from collections.abc import Callable
from typing import Annotated

import pytest
import typer
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from activities.domain.errors import NewerVersion, StorageFault
from tools.operate.command import Output, Session, command
from tools.operate.troubles import Exit, NotAllowed, NotReachable, Trouble, WrongUsage, refused, trouble_of

type Ending = Callable[[], int]
NEEDS = "Storage Queue Data Reader on the queue"


def ran(app: typer.Typer, *arguments: str) -> int:
    """Run a command line, and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        app(args=arguments, prog_name="lms-sync")
    return int(ended.value.code or 0)


def app_that(end: Ending) -> typer.Typer:
    """Return a command line with a single command, which ends by calling `end`."""
    app = typer.Typer()

    @command(app, needs=NEEDS)
    async def act(session: Session, count: Annotated[int, typer.Option("--count")] = 1) -> int:
        """Act."""
        typer.echo((session.json, session.account_name, session.connection_string, count))
        return end()

    return app


def failing(error: BaseException) -> Ending:
    """Return a function that raises an error."""

    def end() -> int:
        raise error

    return end


def http_error(status: int, message: str = "") -> HttpResponseError:
    """Return an error response from storage."""
    error = HttpResponseError(message)
    error.status_code = status
    return error


def as_the_app_says_it(error: AzureError) -> StorageFault:
    """Return the fault that the app's storage code raises for this error."""
    fault = StorageFault("ledger", "")
    fault.__cause__ = error
    return fault


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Trouble("found"), 1),
        (WrongUsage("so not"), 2),
        (NotAllowed("no"), 3),
        (NotReachable("gone"), 4),
        (ClientAuthenticationError("no token"), 3),
        (http_error(403), 3),
        (http_error(404), 1),
        (http_error(500), 4),
        (ServiceRequestError("no such host"), 4),
        (ServiceResponseError("no answer"), 4),
        (FileNotFoundError(2, "No such file or directory", "events.jsonl"), 1),
        (KeyboardInterrupt(), 130),
        (as_the_app_says_it(ServiceRequestError("no such host")), 4),
        (as_the_app_says_it(http_error(403)), 3),
        (StorageFault("dead-letters", "no response"), 4),
        (NewerVersion("a row"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_what_goes_wrong_is_an_exit_code_and_one_sentence(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each error gives its own exit code and one line on standard error."""
    assert ran(app_that(failing(error))) == code
    [line] = capsys.readouterr().err.splitlines()
    assert "Traceback" not in line


def test_an_error_of_our_own_is_shown_whole() -> None:
    """An unexpected error keeps its traceback."""
    with pytest.raises(ZeroDivisionError):
        app_that(failing(ZeroDivisionError()))(args=[])


def test_the_exit_code_is_the_one_that_the_command_returns(capsys: pytest.CaptureFixture[str]) -> None:
    """The command itself decides whether it found something. It also gets the shared options."""
    assert ran(app_that(lambda: Exit.FINDINGS), "--json", "--account", "abc", "--count", "3") == 1
    assert ran(app_that(lambda: Exit.GOOD)) == 0
    assert capsys.readouterr().out == "(True, 'abc', None, 3)\n(False, None, None, 1)\n"


def test_the_help_says_which_roles_a_command_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """Operators read in the help which roles to ask for."""
    assert ran(app_that(lambda: Exit.GOOD), "--help") == 0
    assert f"Needs {NEEDS}." in " ".join(capsys.readouterr().out.split())


def test_wrong_usage_is_2() -> None:
    """An unknown option is wrong usage. So is `--account` for a command that doesn't use Azure."""
    assert ran(app_that(lambda: Exit.GOOD), "--nonsense") == 2
    app = typer.Typer()

    @command(app)
    async def act(output: Output) -> int:
        """Act without Azure."""
        return int(output.json)

    assert ran(app, "--account", "abc") == 2
    assert ran(app, "--json") == 1


def test_a_refusal_says_what_is_missing() -> None:
    """After a refusal, the error names the roles that the command needs."""
    assert NEEDS in str(trouble_of(http_error(403), NEEDS))


def test_an_unreadable_message_names_the_command_that_finds_it() -> None:
    """An unreadable message stops every reader of the queue, so the error names the command that finds it."""
    assert "lms-sync queues unreadable" in str(trouble_of(DecodeError("not well-formed")))


@pytest.mark.parametrize("message", ["", "one line\nand another"])
def test_a_refusal_is_explained_in_one_line(message: str) -> None:
    """A refusal is explained in one line, even if storage's message is empty or has several lines."""
    assert str(trouble_of(HttpResponseError(message))).count("\n") == 0


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ClientAuthenticationError("x"), True),
        (http_error(403), True),
        (http_error(409), False),
        (AzureError("x"), False),
    ],
)
def test_a_refusal_is_told_from_other_errors(error: AzureError, *, expected: bool) -> None:
    """Trying again is pointless after a refusal, but not after other errors."""
    assert refused(error) is expected
