"""Run the local stack until Ctrl-C: `make start`. It exits with 3 if one is already running in this folder."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from activities.webhooks.senders import SETTING, entries_of, secret_names
from tools.develop.azurite import AzuriteError
from tools.develop.demo.tenant import PEOPLE, tenant
from tools.develop.happened import HEADING, happenings
from tools.develop.host.process import HostError
from tools.develop.running import EXIT_CODE, FOLDER, Running, RunsAlreadyError, claim
from tools.develop.senders import webhook_settings
from tools.develop.simulator import Simulator
from tools.develop.stack import Stack
from tools.operate import screen
from tools.operate.account import LOCAL_STACK, Account
from tools.operate.people.table import load
from tools.operate.publish.options import FormatOptions
from tools.operate.troubles import Trouble, WrongUsage

# Shorter than in production, because somebody is sitting there waiting for retries and for the end of a hold.
TIMES = {"CLOCK_MARGIN_SECONDS": "0.5", "HOLD_SECONDS": "15", "SHARE_SECONDS": "2"}
# Besides the webhook senders, the app gets these variables from the environment of `make start`.
FORMATS, SOURCES = "LMS_FORMATS_DIR", "LMS_SOURCES"
TRY = """\
  .venv/bin/lms-sync publish docs/examples/assignment.json
  .venv/bin/lms-sync publish docs/examples/no-licence.json
  .venv/bin/lms-sync webhook send --sender lms docs/examples/self-initiated.json
  .venv/bin/lms-sync status"""


async def run() -> int:
    """Start the stack, print what becomes of each message, and stop the stack when cancelled."""
    with claim() as running:
        settings = TIMES | settings_of(os.environ)
        with screen.out.status("Starting storage, Microsoft Graph and the function app"):
            stack = await Stack(simulator=tenant(), folder=FOLDER, settings=settings).__aenter__()
        try:
            await open_up(stack, running, settings)
            async for invocation in stack.follow():
                for happening in happenings(invocation):
                    happening.show()
            screen.error(f"The host has ended. See its log: {_here(stack.hosts[0].log)}")
            return 1
        finally:
            with screen.out.status("Stopping: waiting for running invocations to finish"):
                await stack.__aexit__()


async def open_up(stack: Stack, running: Running, settings: Mapping[str, str]) -> None:
    """Load the table of people, let commands know where the stack is, and print what's there."""
    async with Account(connection_string=stack.connection_string) as account:
        await load(account.people, PEOPLE)
    senders = {"url": stack.url, **settings} if stack.url else {}
    running.tell(stack.simulator.url, stack.connection_string, senders)
    show(stack)


def settings_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the user's own app settings: formats, sources and webhook senders.

    If the user has no senders, two senders for the examples are set up, with new secrets.

    Raises:
        WrongUsage: one of them can't be used. The stack would start, but every event would wait.
    """
    own = {name: environment[name] for name in (FORMATS, SOURCES) if environment.get(name)}
    if FORMATS in own:
        own[FORMATS] = str(Path(own[FORMATS]).resolve())
    folder = Path(own[FORMATS]) if FORMATS in own else None
    FormatOptions(formats=folder, sources=own.get(SOURCES)).load()
    if not environment.get(SETTING):
        return own | webhook_settings()
    try:
        senders = entries_of(environment[SETTING])
    except ValueError as error:
        raise WrongUsage(str(error)) from None
    secrets = [name for sender in senders for name in secret_names(sender)]
    return own | {name: environment[name] for name in (SETTING, *secrets) if name in environment}


def show(stack: Stack) -> None:
    """Print where things are, which people and courses there are, and what to try."""
    screen.line("LMS Activity Sync is running on this machine. Ctrl-C stops it. Nothing is kept.", style="bold")
    screen.line()
    facts = [("page", f"{stack.simulator.url}  activities, retries, dead letters")]
    if stack.url:
        senders = ", ".join(entries_of(stack.environment.get(SETTING)))
        facts.append(("webhooks", f"{stack.url}/api/webhooks/<sender>  ({senders})"))
    facts += [
        ("storage", f"its connection string is in {LOCAL_STACK}"),
        ("log", f"{_here(stack.hosts[0].log)}{' (Core Tools)' if stack.func else ''}"),
        *_inhabitants(stack.simulator),
    ]
    for name, value in facts:
        screen.folded(f"{name:<9} {value}", indent=10)
    screen.line()
    screen.line("Try these in another terminal. For more, see docs/local-stack.md.")
    for command in TRY.splitlines():
        screen.line(command, style="bold")
    screen.line()
    screen.line(HEADING, style="bold")


def _inhabitants(simulator: Simulator) -> list[tuple[str, str]]:
    config = simulator.config
    people = [
        f"{user.user_principal_name}{' (no licence)' if user.id in config.unlicensed_learners else ''}"
        for user in config.users
    ]
    courses = [content.external_id for content in config.contents]
    return [("people", ", ".join(people)), ("courses", ", ".join(courses))]


def _here(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


async def main() -> int:
    """Run until Ctrl-C or SIGTERM."""
    task = asyncio.current_task()
    assert task  # noqa: S101 - this runs in a task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with suppress(asyncio.CancelledError):
        return await run()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main()))
    except RunsAlreadyError as error:
        screen.error(str(error))
        sys.exit(EXIT_CODE)
    except (AzuriteError, HostError) as error:
        screen.err.print(str(error), style="red", markup=False)
        sys.exit(1)
    except Trouble as trouble:
        screen.error(str(trouble))
        sys.exit(trouble.code)
    except KeyboardInterrupt:
        sys.exit(0)
