"""Runs the kill matrix and the large runs in full, with progress and tables (`make faults`)."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.progress import Progress

from tests.faults import kill_matrix, runs
from tests.faults.kill_matrix import Case, Result
from tests.faults.progress import progress

KILLS = 200
DOUBLE_KILLS = 40
ENROLMENTS = 1000
LANES = 3
RUNS: dict[str, Callable[[], Awaitable[runs.Run]]] = {
    "load": lambda: runs.load(ENROLMENTS),
    "outage": lambda: runs.outage(ENROLMENTS // 5, seconds=20),
    "tenant": lambda: runs.tenant_fault(ENROLMENTS // 6 + 1, hold=15),
    "ledger": lambda: runs.lost_ledger(ENROLMENTS // 5),
}

console = Console()


async def kills(lanes: int, bar: Progress) -> tuple[bool, dict[str, Any]]:
    """Run the whole kill matrix. Return whether nothing is wrong, and the figures."""

    async def run(cases: Sequence[Case], what: str) -> list[Result]:
        task = bar.add_task(what, total=len(cases), wrong="")
        wrong: list[str] = []

        def done(result: Result) -> None:
            wrong.extend(result.wrong)
            bar.update(task, advance=1, wrong=f"[red]{len(wrong)} wrong" if wrong else "")

        return await kill_matrix.run(cases, lanes, done)

    surveyed = await run(kill_matrix.undisturbed(), "Survey of steps")
    results = await run(kill_matrix.single(surveyed), "A kill at every step")
    again = kill_matrix.double(surveyed, DOUBLE_KILLS, Random(1))  # noqa: S311  the same in every run
    results += await run(again, "Two kills in turn")
    bar.console.print(kill_matrix.table(results))
    figures = kill_matrix.summary([*surveyed, *results])
    bar.console.print(figures)
    cases = [
        {"scenario": one.case.scenario, "kills": [str(at) for at in one.case.kills], "wrong": one.wrong}
        for one in (*surveyed, *results)
    ]
    well = figures["kills"] >= KILLS and not any(case["wrong"] for case in cases)
    return well, {**figures, "cases": cases}


async def large(name: str, bar: Progress) -> tuple[bool, dict[str, Any]]:
    """Run one of the large runs. Return whether nothing is wrong, and the figures."""
    task = bar.add_task(name.capitalize(), total=1, wrong="")
    run = await RUNS[name]()
    well = run.accounts.clean and not run.figures["dead_letters"]
    bar.update(task, advance=1, wrong="" if well else "[red]wrong")
    bar.console.print(run.table())
    return well, run.as_json()


async def run_all(names: Sequence[str], lanes: int) -> dict[str, tuple[bool, dict[str, Any]]]:
    """Run the parts that the command line names, one after the other."""
    with progress(console) as bar:
        return {name: await (kills(lanes, bar) if name == "kill" else large(name, bar)) for name in names}


def main() -> int:
    """Run the command line. Return 0 if nothing was lost, duplicated, regressed or otherwise wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    every = ["kill", *RUNS]
    parser.add_argument("what", nargs="*", metavar="|".join(every), help="(default: all)")
    parser.add_argument("--lanes", type=int, default=LANES, help="how many kill cases run at the same time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    options = parser.parse_args()
    if unknown := set(options.what) - set(every):
        # `choices` would refuse the empty list, which means all.
        parser.error(f"no such run: {', '.join(sorted(unknown))}")
    results = asyncio.run(run_all(options.what or every, options.lanes))
    if options.json:
        figures = {name: {"well": well, **kept} for name, (well, kept) in results.items()}
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for name, (well, _) in results.items():
        console.print(f"{name}: {'well' if well else 'WRONG'}", style="green" if well else "red")
    return 0 if all(well for well, _ in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
