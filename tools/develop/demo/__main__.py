"""Run the demo: `make demo`, or `python -m tools.develop.demo --keep` to look at the page afterwards."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence

from azure.core.exceptions import AzureError

from tools.develop.azurite import AzuriteError
from tools.develop.demo import show
from tools.develop.demo.cases import cases
from tools.develop.demo.runner import CaseRunner, Result
from tools.develop.demo.tenant import PEOPLE, tenant
from tools.develop.host.process import HostError
from tools.develop.senders import LRS, webhook_settings
from tools.develop.stack import Stack
from tools.operate import screen

# Shorter than in production, so the retry comes soon.
SETTINGS = {
    "CLOCK_MARGIN_SECONDS": "0.5",
    # This sender's statements don't say whether the course was assigned.
    "LMS_SOURCES": json.dumps({LRS: {"enrolments": "selfInitiated"}}),
}


async def run(*, keep: bool) -> int:
    """Start the stack, run all cases and print their results. Return 0 if all of them are as expected."""
    began = time.monotonic()
    with screen.out.status("Starting storage, Microsoft Graph and the function app"):
        stack = await Stack(simulator=tenant(), settings=SETTINGS | webhook_settings(), embedded_only=True).__aenter__()
    try:
        screen.line("LMS Activity Sync: from a queue and webhooks to a simulated Microsoft Graph", style="bold")
        screen.line(f"While this runs, its page is at {stack.simulator.url}")
        screen.line()
        async with CaseRunner(stack) as runner:
            await runner.load_people(PEOPLE)
            results = await _run_all(runner)
            await _print_details(stack, runner, results)
        failed = sum(not result.as_expected for result in results)
        if failed:
            _print_failure(stack, failed, len(results))
            return 1
        seconds = time.monotonic() - began
        screen.out.print(f"{len(results)} of {len(results)} cases as expected, in {seconds:.0f} s.", style="bold green")
        if keep:
            screen.out.print(f"Open {stack.simulator.url} to see the activities. Ctrl-C stops the stack.")
            await asyncio.Event().wait()
        screen.out.print("Next, run `make start` to publish your own events.")
        return 0
    finally:
        await stack.__aexit__()


async def _run_all(runner: CaseRunner) -> list[Result]:
    results: list[Result] = []
    for number, case in enumerate(cases(), start=1):
        with screen.out.status(case.title):
            result = await runner.run(case)
        show.case(number, result)
        results.append(result)
    return results


async def _print_details(stack: Stack, runner: CaseRunner, results: Sequence[Result]) -> None:
    titles = ("The first request in full", "The second request, with its own external id")
    for result, title in zip(results, titles, strict=False):
        for request in result.requests:
            show.in_full(title, request, stack.simulator.config.provider_id)
    show.letters(await runner.letters())
    tokens = sum(count for (operation, _), count in stack.simulator.counts.items() if operation == "token")
    screen.line()
    screen.line(f"Tokens requested from the managed identity: {tokens}")
    screen.line(f"Activities in Graph now: {len(stack.simulator.activities)}")


def _print_failure(stack: Stack, failed: int, total: int) -> None:
    screen.out.print(f"{failed} of {total} cases NOT as expected. The end of the host's log:", style="bold red")
    screen.out.print("\n".join(stack.hosts[0].log.read_text().splitlines()[-40:]), markup=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.develop.demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep the page open until Ctrl-C")
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
