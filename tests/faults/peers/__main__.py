"""Lets Graph fail in each way in which an HTTP/1.1 or TLS peer can fail, for a minute under load (`make peers`).

    python -m tests.faults.peers                     try every failure, over TLS as in production
    python -m tests.faults.peers refused "*gzip*"    try some of them
    python -m tests.faults.peers --list              list them
    python -m tests.faults.peers --random            let one request in five to any service fail, for ten minutes

Several trials run side by side. For each failure, this prints how many seconds after its end the first request got
through, and when everything was delivered. It exits with 1 if an event was lost, duplicated or dead-lettered, or if
the first success came too late.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.faults.peer.rows import CASES, Case
from tests.faults.peers.lanes import run
from tests.faults.peers.mixture import mixture
from tests.faults.peers.trial import PRODUCTION, SOON, Result, Times
from tests.faults.progress import progress

LANES = 6
SECONDS, RANDOM_SECONDS = 60.0, 600.0
# Assignments per second. There are as many completions.
RANDOM_RATE = 1.0

console = Console()


def chosen(patterns: Sequence[str], *, tls: bool) -> list[Case]:
    """Return the cases whose names match one of the patterns, or all cases if there are no patterns."""
    return [
        case
        for case in CASES.values()
        if (tls or not case.row.tls) and (not patterns or any(fnmatchcase(case.name, one) for one in patterns))
    ]


async def run_all(cases: Sequence[Case], lanes: int, times: Times, *, tls: bool) -> list[Result]:
    """Try these cases, and show the progress."""
    with progress(console) as bar:
        task = bar.add_task("Failures of a peer", total=len(cases), wrong="")
        wrong: list[str] = []

        def done(result: Result) -> None:
            if result.wrong:
                wrong.append(result.case.name)
                bar.console.print(f"[red]{result.case.name}: {', '.join(result.wrong)}")
            elif not console.is_terminal:
                bar.console.print(f"{result.case.name}: first success after {result.success:.1f} s")
            bar.update(task, advance=1, wrong=f"[red]{len(wrong)} wrong" if wrong else "")

        return await run(cases, lanes, times, tls=tls, done=done)


def table(results: Sequence[Result]) -> Table:
    """Return a table of what the trials showed."""
    columns = (
        "failure",
        "first success s",
        "all delivered s",
        "met",
        "requests",
        "retries",
        "errors",
        "events",
        "wrong",
    )
    shown = Table(*columns, title="Failures of a peer (seconds are from their end)")
    for result in results:
        figures = (result.met, result.requests, result.retries, result.errors, result.accounts.events)
        shown.add_row(
            result.case.name,
            *("never" if seconds is None else f"{seconds:.1f}" for seconds in (result.success, result.delivered)),
            *map(str, figures),
            ", ".join(result.wrong),
            style="red" if result.wrong else None,
        )
    return shown


def summary(results: Sequence[Result]) -> str:
    """Return the most important figures in one line."""
    doubled = sum(len(result.accounts.comparison.doubled) for result in results)
    lost = sum(len(result.accounts.comparison.lost) for result in results)
    letters = sum(sum(result.letters.values()) for result in results)
    successes = [result.success for result in results if result.success is not None]
    latest = f"{max(successes):.1f} s" if len(successes) == len(results) else "never"
    wrong = sum(bool(result.wrong) for result in results)
    return (
        f"{len(results)} failures, {wrong} wrong: {letters} dead letters, {doubled} doubled, {lost} lost; "
        f"the latest first success: {latest} (at most {SOON:g} s)"
    )


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", help="patterns of names (default: all)")
    parser.add_argument("--list", action="store_true", help="only list the failures")
    parser.add_argument("--lanes", type=int, default=LANES, help=f"trials that run at the same time (default: {LANES})")
    parser.add_argument("--seconds", type=float, help="how long each failure lasts (default: 60; with --random 600)")
    parser.add_argument("--plain", action="store_true", help="speak HTTP without TLS")
    parser.add_argument("--random", action="store_true", help="let one request in five to any service fail at random")
    parser.add_argument("--seed", default="1", help="seed of --random (default: 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    chosen_options = parser.parse_args()
    if not chosen(chosen_options.names, tls=not chosen_options.plain):
        parser.error("no failure has such a name")
    return chosen_options


def at_random(given: argparse.Namespace) -> int:
    """Let requests fail at random. Return 0 if nothing is wrong."""
    times = replace(Times(PRODUCTION), during=given.seconds or RANDOM_SECONDS, rate=RANDOM_RATE)
    with console.status(f"One request in five fails for {times.during:g} s. Then everything is delivered"):
        result = asyncio.run(mixture(times, given.seed))
    write(given.json, result.as_json())
    console.print(result.table())
    console.print("well" if result.well else "WRONG", style="green" if result.well else "red")
    return 0 if result.well else 1


def one_by_one(given: argparse.Namespace) -> int:
    """Try the chosen failures one by one. Return 0 if nothing is wrong."""
    times = replace(Times(PRODUCTION), during=given.seconds or SECONDS)
    tls = not given.plain
    results = asyncio.run(run_all(chosen(given.names, tls=tls), given.lanes, times, tls=tls))
    write(given.json, [one.as_json() for one in results])
    console.print(table(results))
    wrong = any(result.wrong for result in results)
    console.print(summary(results), style="red" if wrong else "green")
    return 1 if wrong else 0


def write(file: Path | None, figures: object) -> None:
    """Write figures to a file, if there is one."""
    if file is not None:
        file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Run the command line. Return 0 if nothing is wrong."""
    given = options()
    if given.list:
        for case in chosen(given.names, tls=not given.plain):
            console.print(f"{case.name}: {case.row.says}", highlight=False)
        return 0
    return at_random(given) if given.random else one_by_one(given)


if __name__ == "__main__":
    sys.exit(main())
