"""Runs the local stack until Ctrl-C: `make start`."""

import asyncio
import json
import signal
import sys
from contextlib import suppress
from datetime import datetime

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from tools.develop.azurite import AzuriteError
from tools.develop.host.log import Invocation
from tools.develop.host.process import HostError
from tools.develop.senders import webhook_settings
from tools.develop.stack import NAMES, Stack
from tools.operate.account import LOCAL_STACK
from tools.operate.webhook.commands import LOCAL_WEBHOOKS

# Ids in the form of the Graph reference; the simulated tenant accepts any.
EXAMPLE = r"""echo '{"specVersion": "1.0", "eventId": "1", "eventType": "course.assigned",
  "occurredAt": "2026-01-15T09:00:00+00:00", "enrollmentId": "enrolment-1", "activity": "assignment",
  "learner": {"entraObjectId": "7ba2228a-e020-11ec-9d64-0242ac120003"},
  "course": {"learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120003"},
  "assignment": {"type": "required", "assigner": {"entraObjectId": "63e2228a-e020-11ec-9d64-0242ac120003"}}
}' | .venv/bin/python -m tools.develop.publish"""
COLOURS = {"ok": "green", "error": "yellow", "poison": "red"}

console = Console(highlight=False)


async def run() -> int:
    """Start the stack, print a line per invocation, and stop the stack when cancelled."""
    LOCAL_STACK.parent.mkdir(exist_ok=True)
    with console.status("Starting storage, Microsoft Graph and the function app"):
        webhooks = webhook_settings()
        stack = await Stack(folder=LOCAL_STACK.parent, settings=webhooks).__aenter__()
    try:
        LOCAL_STACK.write_text(stack.connection_string, encoding="utf-8")
        LOCAL_WEBHOOKS.write_text(json.dumps({"url": stack.url, **webhooks}), encoding="utf-8")
        show(stack)
        async for invocation in stack.follow():
            console.print(line(invocation))
        console.print(f"The host has ended; see its log: {stack.hosts[0].log}", style="red")
        return 1
    finally:
        LOCAL_STACK.unlink(missing_ok=True)
        LOCAL_WEBHOOKS.unlink(missing_ok=True)
        with console.status("Stopping: letting running invocations finish"):
            await stack.__aexit__()


def show(stack: Stack) -> None:
    """Print the addresses of the stack, and how to publish an event."""
    host = "Azure Functions Core Tools" if stack.func else "embedded host, each in a process of its own"
    facts = Table.grid(padding=(0, 2))
    facts.add_row("Learners' activities", f"[link]{stack.simulator.url}[/link]")
    facts.add_row("Microsoft Graph", stack.environment["GRAPH_BASE_URL"])
    facts.add_row(
        "Events go to queue", f"{NAMES['LMS_EVENTS_QUEUE']} [dim](retries: {NAMES['LMS_EVENTS_RETRY_QUEUE']})"
    )
    facts.add_row("Dead letters go to container", NAMES["DEAD_LETTER_CONTAINER"])
    if stack.url:
        facts.add_row("HTTP functions", f"[link]{stack.url}[/link]")
    facts.add_row("Functions run in", f"{host}; log: {stack.hosts[0].log}")
    console.print(Panel(facts, title="LMS Activity Sync, local stack", expand=False))
    console.print("Connection string, for Storage Explorer and publishers:", style="bold")
    console.print(stack.connection_string, soft_wrap=True)
    console.print("\nPublish an event (in another terminal):", style="bold")
    console.print(EXAMPLE, soft_wrap=True, markup=False)
    console.print("\nOr send one by webhook, as an LMS would:", style="bold")
    console.print(".venv/bin/lms-sync webhook send --sender lms docs/examples/assignment.json")
    console.print("\nData is not kept: the next start begins empty. Ctrl-C stops.\n", style="dim")


def line(invocation: Invocation) -> str:
    """Return the line about an invocation."""
    duration = "not invoked" if invocation.ms is None else f"{invocation.ms:.0f} ms"
    delivery = f"delivery {invocation.dequeueCount}" if invocation.dequeueCount else ""
    colour = COLOURS[invocation.outcome]
    now = f"{datetime.now().astimezone():%H:%M:%S}"
    return f"{now}  {invocation.function:<22} [{colour}]{invocation.outcome:<7}[/] {duration:>9}  [dim]{delivery}"


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
    except (AzuriteError, HostError) as error:
        console.print(str(error), style="red", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(0)
