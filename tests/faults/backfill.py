"""A backfill that is killed again and again: `python -m tests.faults.backfill --rows 5000 --kills 3`.

The rows of an export are published by `lms-sync backfill`, which is killed several times on its way and run again, while
the app handles what has arrived. It prints how many messages the app got, and what became of the rows.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console

from tests.faults.rig import Rig
from tools.operate.publish.journal import SUFFIX

COMMAND = (sys.executable, "-m", "tools.operate.cli", "backfill")
AS_OF = "2026-03-01T00:00:00Z"
HEADER = "enrollmentId,learner.entraObjectId,course.learningContentId,assignment.type,progress.percentage\n"
LOOK_SECONDS = 0.02


@dataclass
class Figures:
    """What a run showed."""

    rows: int
    kills: int
    messages: int
    activities: int
    rows_with_one_activity: int

    @property
    def wrong(self) -> bool:
        """Whether a row has no activity or several, or the command was never killed."""
        return self.kills == 0 or not self.rows == self.activities == self.rows_with_one_activity


def export(file: Path, rows: int) -> None:
    """Write an export of so many enrolments."""
    with file.open("w", encoding="utf-8") as opened:
        opened.write(HEADER)
        for number in range(rows):
            opened.write(f"row-{number},11111111-0000-4000-8000-{number:012},course,required,{number % 100}\n")


async def run(rows: int, kills: int, per_second: float) -> Figures:
    """Publish so many rows, kill the command so many times on the way, and wait until the app has handled all."""
    with tempfile.TemporaryDirectory(prefix="backfill-") as folder:
        async with Rig(fronts=None) as rig:
            await rig.start()
            file = Path(folder) / "export.csv"
            export(file, rows)
            killed = 0
            for number in range(1, kills + 1):
                killed += await _killed(await _begin(rig, file, per_second), file, rows * number // (kills + 1))
            last = await _begin(rig, file, per_second)
            if await last.wait():
                raise RuntimeError("the last run of the command failed")
            await rig.wait_until_empty()
            handled = sum(one.function == "process_event" for one in rig.invocations())
            found = Counter(activity.external_id for activity in rig.simulator.activities)
    ones = sum(found[f"row-{number}"] == 1 for number in range(rows))
    return Figures(rows, killed, handled, found.total(), ones)


async def _begin(rig: Rig, file: Path, per_second: float) -> Process:
    arguments = [str(file), "--as-of", AS_OF, "--rate", str(per_second)]
    environment = os.environ | {"AzureWebJobsStorage": rig.stack.connection_string}
    return await asyncio.create_subprocess_exec(*COMMAND, *arguments, env=environment, stdout=DEVNULL)


async def _killed(process: Process, file: Path, after: int) -> bool:
    """Kill a run as soon as it has noted so many rows. Return whether it was still running."""
    notes = file.with_name(file.name + SUFFIX)
    while process.returncode is None and _noted(notes) < after:
        await asyncio.sleep(LOOK_SECONDS)
    if process.returncode is not None:
        return False
    process.kill()
    await process.wait()
    return True


def _noted(notes: Path) -> int:
    return int(json.loads(notes.read_text(encoding="utf-8"))["done"]) if notes.is_file() else 0


def main() -> int:
    """Run it, and print what it showed. Return 1 if a row has no activity, or several."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.backfill", description=__doc__)
    parser.add_argument("--rows", type=int, default=5000, help="rows of the export")
    parser.add_argument("--kills", type=int, default=3, help="how often the command is killed")
    parser.add_argument("--rate", type=float, default=60, help="messages in a second")
    options = parser.parse_args()
    figures = asyncio.run(run(options.rows, options.kills, options.rate))
    Console().print_json(data=asdict(figures) | {"wrong": figures.wrong})
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
