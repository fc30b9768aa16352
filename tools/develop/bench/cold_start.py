"""Measure cold starts of the package, compared with one that has no bytecode.

    python -m tools.develop.bench.cold_start [--rounds N] [--before REF] [--json]

A start is a new process that loads the app in the official worker runtime, and handles one event with Azurite and the
Graph simulator, until Graph has acknowledged the activity. Starts of the two packages alternate. No process writes
bytecode, so each finds only what was deployed. `--before` names the commit to use for the package without bytecode.
Times are medians, in seconds of the whole process. The machine's file cache is warm for both.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.develop import package
from tools.develop.azurite import Azurite, create_storage
from tools.develop.bench.cold_figures import Figures, Start, medians
from tools.develop.bench.cold_process import STARTED
from tools.develop.bench.pipeline import event
from tools.develop.simulator import Simulator
from tools.develop.stack import APP_ROOT, INHERITED, NAMES

EVENT, TIMER = "process_event", "heartbeat"
BEFORE, PACKAGE = "without bytecode", "package"


async def run(rounds: int, before: str | None = None) -> dict[str, dict[str, Figures]]:
    """Measure both packages in turn, for so many rounds. Return the figures by function and package."""
    with tempfile.TemporaryDirectory(prefix="cold-") as scratch:
        apps = _packages(Path(scratch), before)
        async with Simulator() as simulator, Azurite() as azurite:
            await create_storage(azurite.connection_string, NAMES)
            environment = {
                **{name: os.environ[name] for name in INHERITED if name in os.environ},
                **NAMES,
                **simulator.environment,
                "AzureWebJobsStorage": azurite.connection_string,
            }
            starts: dict[tuple[str, str], list[Start]] = defaultdict(list)
            for number in range(rounds):
                for function in (EVENT, TIMER):
                    for name, app in apps.items():
                        text = event(len(starts[EVENT, name]) + 1000 * (name == BEFORE), "assigned", 8).decode()
                        started = await start(app, environment, function, text if function == EVENT else "{}")
                        starts[function, name].append(started)
                apps = dict(reversed(apps.items()))
                if simulator.counts[("create", "201")] != 2 * (number + 1):
                    raise RuntimeError(f"not every event was acknowledged: {simulator.counts}")
    return {
        function: {name: medians(starts[function, name]) for name in (BEFORE, PACKAGE)} for function in (EVENT, TIMER)
    }


def _packages(folder: Path, before: str | None) -> dict[str, Path]:
    """Build both packages."""
    new = package.build(folder / PACKAGE)
    old = folder / "before"
    if before is None:
        package.copy_app(APP_ROOT, old)
    else:
        old.mkdir()
        names = (*package.FILES, "activities")
        archive = subprocess.run(["git", "archive", before, *names], cwd=APP_ROOT, check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", old], input=archive.stdout, check=True)
    package.install(old / package.PACKAGES)
    return {BEFORE: old, PACKAGE: new}


async def start(app: Path, environment: Mapping[str, str], function: str, text: str) -> Start:
    """Start a process, and return how long it took until the function had ended."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.develop.bench.cold_process", str(app), function),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        env={
            **environment,
            # As in Azure, the app's own packages come before the worker's.
            "PYTHONPATH": f"{app / package.PACKAGES}:{APP_ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
            STARTED: str(time.time()),
        },
    )
    output, errors = await process.communicate(text.encode())
    if process.returncode:
        raise RuntimeError(f"{app.name}: {errors.decode()}")
    return Start(**json.loads(output.splitlines()[-1]))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="number of starts for each package and function")
    parser.add_argument("--before", help="commit to use for the package without bytecode (default: this checkout)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    figures = asyncio.run(run(options.rounds, options.before))
    if options.json:
        print(json.dumps({function: {n: asdict(f) for n, f in found.items()} for function, found in figures.items()}))
        return
    table = Table("cold start, seconds", BEFORE, PACKAGE, "ratio", "loads Graph", title=f"medians of {options.rounds}")
    for function, found in figures.items():
        old, new = found[BEFORE], found[PACKAGE]
        for name in ("cpu", "wall"):
            one, other = getattr(old, name), getattr(new, name)
            table.add_row(f"{function}, {name}", f"{one:.2f}", f"{other:.2f}", f"{other / one:.2f}", str(new.graph))
    Console().print(table)


if __name__ == "__main__":
    main()
