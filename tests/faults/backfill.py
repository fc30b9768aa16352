"""A backfill that is killed again and again: `python -m tests.faults.backfill --rows 5000 --kills 3`.

`lms-sync backfill` publishes the rows of an export. It is killed several times on the way and run again. Meanwhile, the
app handles what arrives. This prints how many messages were sent, and what became of the rows.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path

from rich.console import Console

from tests.faults.actions import Call
from tests.faults.rig import EVENTS, Rig

COMMAND = (sys.executable, "-m", "tools.operate", "backfill")
AS_OF = "2026-03-01T00:00:00Z"
HEADER = "enrollmentId,learner.entraObjectId,course.learningContentId,assignment.type,progress.percentage\n"


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
    """Write an export of this many enrollments."""
    with file.open("w", encoding="utf-8") as opened:
        opened.write(HEADER)
        for number in range(rows):
            opened.write(f"row-{number},11111111-0000-4000-8000-{number:012},course,required,{number % 100}\n")


class Killer:
    """A counter of sent messages that kills the running command each time a given number is reached."""

    def __init__(self, rows: int, kills: int) -> None:
        self.sent = self.kills = 0
        self.process: Process | None = None
        # Not a whole number of chunks, so some messages of a chunk are sent but not yet noted.
        self._due = [rows * number // (kills + 1) + 1 for number in range(1, kills + 1)]

    def count(self, _: object) -> None:
        """Count a message that storage has taken."""
        self.sent += 1
        if self._due and self.sent >= self._due[0] and self.process is not None:
            self._due.pop(0)
            self.process.kill()

    async def let_run(self, command: Sequence[str], environment: Mapping[str, str]) -> bool:
        """Run the command. Return whether it ran to its end."""
        self.process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL)
        code = await self.process.wait()
        self.process = None
        if code not in (0, -signal.SIGKILL):
            raise RuntimeError(f"the command ended with {code}")
        self.kills += code != 0
        return code == 0


async def run(rows: int, kills: int, per_second: float) -> Figures:
    """Publish this many rows, kill the command this many times, and wait until the app has handled everything."""
    killer = Killer(rows, kills)
    with tempfile.TemporaryDirectory(prefix="backfill-") as folder:
        async with Rig() as rig:
            rig.proxied["queue"].rule(f"queue:put:{EVENTS}", action=Call(killer.count), point="after", times=inf)
            await rig.start()
            file = Path(folder) / "export.csv"
            export(file, rows)
            arguments = [str(file), "--as-of", AS_OF, "--rate", str(per_second)]
            environment = {**os.environ, "AzureWebJobsStorage": rig.proxied.environment["AzureWebJobsStorage"]}
            while not await killer.let_run([*COMMAND, *arguments], environment):
                pass
            await rig.wait_until_empty()
            found = Counter(activity.external_id for activity in rig.simulator.activities)
    ones = sum(found[f"row-{number}"] == 1 for number in range(rows))
    return Figures(rows, killer.kills, killer.sent, found.total(), ones)


def main() -> int:
    """Run it, and print what it showed. Return 1 if a row has no activity, or several."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.backfill", description=__doc__)
    parser.add_argument("--rows", type=int, default=5000, help="rows of the export")
    parser.add_argument("--kills", type=int, default=3, help="how often the command is killed")
    parser.add_argument("--rate", type=float, default=60, help="messages per second")
    options = parser.parse_args()
    figures = asyncio.run(run(options.rows, options.kills, options.rate))
    Console().print_json(data=asdict(figures) | {"wrong": figures.wrong})
    return 1 if figures.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
