"""Run the demonstration: `make demo`, or `python -m tools.develop.demo --keep` to look at the page afterwards."""

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence

from azure.core.exceptions import AzureError
from rich.live import Live

from tools.develop.azurite import AzuriteError
from tools.develop.demo import show
from tools.develop.demo.cases import cases
from tools.develop.demo.stage import Result, Stage
from tools.develop.demo.tenant import PEOPLE, tenant
from tools.develop.host.process import HostError
from tools.develop.stack import Stack
from tools.operate import screen
from tools.operate.deadletters.show import table as letters_table

# Shorter than in production, so that nobody has to wait for the retry.
SETTINGS = {"CLOCK_MARGIN_SECONDS": "0.5"}


async def run(*, keep: bool) -> int:
    """Start everything, play all cases, show what came of them; 0 if all of it is as expected."""
    began = time.monotonic()
    with screen.out.status("Starting storage, Microsoft Graph and the function app"):
        stack = await Stack(simulator=tenant(), settings=SETTINGS, embedded_only=True).__aenter__()
    try:
        screen.out.print("LMS Activity Sync: from a real queue through the function app to Microsoft Graph (simulated)")
        screen.out.print(f"Learners' activities, while this runs: {stack.simulator.url}\n")
        async with Stage(stack) as stage:
            await stage.introduce(PEOPLE)
            results = await _play(stage)
            await _tell(stack, stage, results)
        failed = [result for result in results if not result.as_expected]
        if failed:
            screen.out.print(f"{len(failed)} of {len(results)} NOT as expected. The host's log ends:", style="bold red")
            screen.out.print("\n".join(stack.hosts[0].log.read_text().splitlines()[-40:]), markup=False)
            return 1
        took = time.monotonic() - began
        screen.out.print(f"{len(results)} of {len(results)} as expected, in {took:.0f} s.", style="bold green")
        if keep:
            screen.out.print(f"Have a look at {stack.simulator.url}; Ctrl-C ends it.")
            await asyncio.Event().wait()
        screen.out.print("Next: `make start` keeps the stack running for events of your own.")
        return 0
    finally:
        await stack.__aexit__()


async def _play(stage: Stage) -> list[Result]:
    results: list[Result] = []
    with Live(console=screen.out, auto_refresh=False, vertical_overflow="visible") as live:
        for case in cases():
            live.update(show.table(results, case.title), refresh=screen.out.is_terminal)
            results.append(await stage.play(case))
        live.update(show.table(results), refresh=True)
    return results


async def _tell(stack: Stack, stage: Stage, results: Sequence[Result]) -> None:
    screen.out.print()
    titles = ("The first request in full", "The second, with an external id of its own")
    for result, title in zip(results, titles, strict=False):
        for request in result.requests:
            screen.out.print(show.whole(title, request))
    screen.out.print("\nDead letters (python -m tools.operate.deadletters list):", style="bold")
    letters = await stage.dead_letters.receive()
    letters_table(letters, screen.out)
    tokens = sum(count for (operation, _), count in stack.simulator.counts.items() if operation == "token")
    screen.out.print(f"\nManaged identity: {tokens} token(s) requested. Activities now in Graph:", end=" ")
    screen.out.print(f"{len(stack.simulator.activities)}.\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.develop.demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the page up until Ctrl-C")
    options = parser.parse_args(arguments)
    try:
        return asyncio.run(run(keep=options.keep))
    except (AzuriteError, HostError, AzureError) as error:
        screen.err.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 0 if options.keep else 130


if __name__ == "__main__":
    sys.exit(main())
