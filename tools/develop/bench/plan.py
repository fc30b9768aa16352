"""Measure how long it takes to plan a backfill: `python -m tools.develop.bench.plan --rows 100000`.

The real command plans an export with a tenth of the rows, then one with all of them, each in its own process. Half of
the rows are already in the ledger, with other values. It prints seconds and megabytes of memory.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path

from azure.data.tables.aio import TableServiceClient
from rich.console import Console
from rich.table import Table

from activities.domain.news import news_of
from activities.domain.record import ActivityRecord
from activities.intake.parse import parse
from activities.intake.result import Understood
from activities.storage.rows import row_of
from tools.develop.azurite import Azurite, create_storage
from tools.develop.stack import NAMES
from tools.operate.publish.export import Export
from tools.operate.publish.mapping import ColumnMapping

COMMAND = (sys.executable, "-m", "tools.operate", "backfill")
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
HEADER = "enrollmentId,learner.email,course.externalId,assignment.type,progress.percentage"
# Runs the command, and says how many kilobytes of memory it took. A process also counts the memory of the process that
# started it, so the launcher has to be small.
LAUNCHER = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""
# The most rows that one table transaction can have.
_TRANSACTION = 100


@dataclass(frozen=True)
class Measured:
    """The measurements of one plan."""

    rows: int
    seconds: float
    megabytes: float
    new: int
    changed: int


def export(rows: int, percentage: int) -> list[str]:
    """Return the lines of an export with so many enrolments."""
    lines = (f"row-{n},user-{n}@contoso.example,course-{n % 100},required,{percentage}" for n in range(rows))
    return [HEADER, *lines]


async def fill(connection_string: str, rows: int) -> None:
    """Put records into the ledger, as the app would have written them."""
    partitions: dict[str, list[dict[str, object]]] = {}
    for item in Export(ColumnMapping(), AS_OF).items(export(rows, 10)):
        parsed = parse(item.text.encode())
        assert isinstance(parsed, Understood)  # noqa: S101  our own rows
        record = ActivityRecord(parsed.event.enrollment_id).merged(news_of(parsed.event, parsed.source))
        row = row_of(record)
        partitions.setdefault(row["PartitionKey"], []).append(row)
    async with TableServiceClient.from_connection_string(connection_string) as tables:
        table = tables.get_table_client(NAMES["ACTIVITIES_TABLE"])
        for partition in partitions.values():
            for some in batched(partition, _TRANSACTION, strict=False):
                await table.submit_transaction([("create", row) for row in some])


def plan(file: Path, connection_string: str, rows: int) -> Measured:
    """Run the command through the launcher, which tells how much memory it took."""
    arguments = [str(file), "--as-of", AS_OF.isoformat(), "--plan", "--json"]
    output = file.with_suffix(".json")
    environment = os.environ | {"AzureWebJobsStorage": connection_string}
    begun = time.monotonic()
    with output.open("wb") as opened:
        command = [sys.executable, "-c", LAUNCHER, *COMMAND, *arguments]
        ran = subprocess.run(command, env=environment, stdout=opened, stderr=subprocess.PIPE, check=True)
    seconds, kilobytes = time.monotonic() - begun, int(ran.stderr)
    summary = json.loads(output.read_text(encoding="utf-8").splitlines()[-1])
    return Measured(rows, seconds, kilobytes / 1024, summary["new"], summary["changed"])


async def measure(rows: int) -> list[Measured]:
    """Plan a tenth of the rows, and all of them."""
    found = []
    with tempfile.TemporaryDirectory(prefix="plan-") as folder:
        async with Azurite() as azurite:
            await create_storage(azurite.connection_string, NAMES)
            await fill(azurite.connection_string, rows // 2)
            for count in (rows // 10, rows):
                file = Path(folder) / f"{count}.csv"
                await asyncio.to_thread(file.write_text, "\n".join(export(count, 50)), encoding="utf-8")
                found.append(await asyncio.to_thread(plan, file, azurite.connection_string, count))
    return found


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.develop.bench.plan", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="rows in the larger export (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    found = asyncio.run(measure(options.rows))
    if options.json:
        print(json.dumps([asdict(one) for one in found]))
        return 0
    shown = Table("rows", "seconds", "megabytes", "new", "changed")
    for one in found:
        shown.add_row(f"{one.rows:,}", f"{one.seconds:.1f}", f"{one.megabytes:.0f}", f"{one.new:,}", f"{one.changed:,}")
    Console().print(shown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
