"""Makes the commands of `lms-sync`. A command is an async function, and its parameters are the options.

If a parameter's type is a dataclass, from here or from a module of commands, each of its fields is an option. Commands
take `Output` or `Session`, so the shared options are the same everywhere.

    app = typer.Typer(help="Dead letters.")

    @command(app, needs="Storage Blob Data Reader on the container of dead letters")
    async def show(session: Session, letter: Annotated[str, typer.Argument(metavar="ID")]) -> int:
        "Show one dead letter."
        async with session.account() as account:
            ...
        return Exit.GOOD
"""

import asyncio
import dataclasses
import inspect
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Annotated, Any, get_type_hints

import typer
from azure.core.exceptions import AzureError

from activities.domain.errors import NewerVersion, StorageFault
from tools.operate import loading, screen
from tools.operate.account import BY_STRING, Account
from tools.operate.troubles import Interrupted, Trouble, trouble_of, trouble_of_ours

type Command = Callable[..., Coroutine[Any, Any, int]]

_ACCOUNT = "Storage account (default: from the environment, or `make start`)"

_AGAIN = "Run the command again to finish it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """How a command shows its result."""

    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Output):
    """The shared options of the commands that use storage."""

    account_name: Annotated[
        str | None,
        typer.Option(
            "--account",
            metavar="NAME",
            help="The account's name. Sign in with `az login`.",
            rich_help_panel=_ACCOUNT,
        ),
    ] = None
    connection_string: Annotated[
        str | None,
        typer.Option("--connection-string", metavar="TEXT", help=f"As in {BY_STRING}.", rich_help_panel=_ACCOUNT),
    ] = None

    def account(self) -> Account:
        """Return the account that the options name. Use it in `async with`.

        Raises:
            WrongUsage: no account is named, or two are, or the name or connection string can't be right.
        """
        return Account(name=self.account_name, connection_string=self.connection_string)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalSession(Session):
    """The shared options of the commands that can show personal data."""

    show_personal_data: Annotated[
        bool, typer.Option("--show-personal-data", help="Show data about learners, such as their ids and addresses.")
    ] = False


def command[**P](
    app: typer.Typer, name: str | None = None, *, needs: str | None = None, interrupted: str = _AGAIN
) -> Callable[[Callable[P, Coroutine[Any, Any, int]]], Callable[P, Coroutine[Any, Any, int]]]:
    """Make an async function a command. The command exits with the code that the function returns.

    Args:
        app: the group that the command belongs to.
        name: the command's name, if it isn't the function's.
        needs: the roles that the command needs, and where.
        interrupted: what to tell the operator after an interruption.
    """

    def register(function: Callable[P, Coroutine[Any, Any, int]]) -> Callable[P, Coroutine[Any, Any, int]]:
        app.command(name, help=_help_of(function, needs))(_with_options(function, needs, interrupted))
        return function

    return register


def _help_of(function: Command, needs: str | None) -> str:
    # Without the code's line breaks, so that paragraphs fill the width of the terminal.
    text = "\n\n".join(" ".join(one.split()) for one in (inspect.getdoc(function) or "").split("\n\n"))
    return text if needs is None else f"{text}\n\nNeeds {needs}."


def _with_options(function: Command, needs: str | None, interrupted: str) -> Callable[..., None]:
    """Return the function that typer calls. It has one parameter per option."""
    hints = get_type_hints(function, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if name != "return" and dataclasses.is_dataclass(hint)}
    parameters = [
        option
        for parameter in inspect.signature(function).parameters.values()
        for option in (
            _options_of(groups[parameter.name])
            if parameter.name in groups
            else [parameter.replace(annotation=hints[parameter.name], kind=inspect.Parameter.KEYWORD_ONLY)]
        )
    ]

    def run(**given: object) -> None:
        for name, group in groups.items():
            fields = [field.name for field in dataclasses.fields(group)]
            given[name] = group(**{field: given.pop(field) for field in fields})  # type: ignore[operator]
        raise typer.Exit(_ended(function(**given), needs, interrupted))

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__name__ = function.__name__.rstrip("_")
    return run


def _options_of(group: Any) -> list[inspect.Parameter]:  # noqa: ANN401  a class from a type hint
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=hints[field.name],
            default=inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default,
        )
        for field in dataclasses.fields(group)
    ]


def _ended(work: Coroutine[Any, Any, int], needs: str | None, interrupted: str) -> int:
    """Do the work, and return the exit code. This is the only place that turns errors into messages."""
    loading.is_over()
    try:
        return asyncio.run(work)
    except Trouble as trouble:
        ended = trouble
    except AzureError as error:
        ended = trouble_of(error, needs)
    except (StorageFault, NewerVersion) as error:
        ended = trouble_of_ours(error, needs)
    except OSError as error:
        ended = Trouble(f"{error.strerror}: {error.filename}" if error.filename else str(error))
    except KeyboardInterrupt:
        ended = Interrupted(f"Interrupted. {interrupted}")
    screen.error(str(ended))
    return ended.code
