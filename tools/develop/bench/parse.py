"""Measure the CPU time for parsing an event of each format, compared with `json.loads` of the same text.

Run `python -m tools.develop.bench.parse`. The events are the cases in `tests/events`. All formats are loaded.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

from activities.intake.formats import Formats, built_in_formats
from activities.intake.parse import Batch, parse

EVENTS = Path(__file__).resolve().parents[3] / "tests" / "events"
RECEIVED = datetime(2026, 3, 2, 8, 15, 30, tzinfo=UTC)
RUNS = 7
MEAN_LIMIT_MS = 0.15
LIMIT_MS = 1.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one event costs, in milliseconds of CPU time."""

    read: float
    parsed: float


def bodies(folder: Path) -> list[bytes]:
    """Return a format's events. Batches are left out, because their items become events that are parsed separately."""
    cases = [json.loads(case.read_text(encoding="utf-8")) for case in sorted(folder.glob("*.json"))]
    texts = [json.dumps(case["event"]).encode() for case in cases if "event" in case]
    return [text for text in texts if not isinstance(parse(text, received=RECEIVED), Batch)]


def cost(body: bytes, formats: Formats, rounds: int) -> Cost:
    """Return what reading and parsing cost. The fastest run counts, because a busy machine only makes runs slower."""
    runs = [
        (
            _milliseconds(json.loads, body, rounds),
            _milliseconds(lambda text: parse(text, formats, RECEIVED), body, rounds),
        )
        for _ in range(RUNS)
    ]
    return Cost(min(read for read, _ in runs), min(parsed for _, parsed in runs))


def _milliseconds(work: Callable[[bytes], object], body: bytes, rounds: int) -> float:
    start = time.process_time()
    for _ in range(rounds):
        work(body)
    return (time.process_time() - start) / rounds * 1000


def row(name: str, costs: Iterable[Cost]) -> str:
    """Return a row of the table."""
    reads, parsed = zip(*((one.read, one.parsed) for one in costs), strict=True)
    return (
        f"{name:<22}{len(parsed):>7}{mean(reads):>16.4f}{mean(parsed):>11.4f}{median(parsed):>10.4f}"
        f"{max(parsed):>10.4f}{mean(parsed) / mean(reads):>8.1f}"
    )


def main() -> int:
    """Print the table. Return 1 if parsing takes longer than the limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="calls per run")
    rounds = parser.parse_args().rounds
    formats = built_in_formats()
    print(f"CPU milliseconds per event, with {len(formats.formats)} formats loaded")
    print(f"{'format':<22}{'events':>7}{'json.loads mean':>16}{'parse mean':>11}{'median':>10}{'most':>10}{'times':>8}")
    costs: dict[str, list[Cost]] = {}
    for folder in sorted(folder for folder in EVENTS.iterdir() if folder.is_dir()):
        found = [cost(text, formats, rounds) for text in bodies(folder)]
        if found:
            costs[folder.name] = found
            print(row(folder.name, found), flush=True)
    everything = [one for found in costs.values() for one in found]
    print(row("all", everything))
    average, slowest = mean(one.parsed for one in everything), max(one.parsed for one in everything)
    print(f"per event: mean {average:.3f} ms (limit {MEAN_LIMIT_MS}), longest {slowest:.3f} ms (limit {LIMIT_MS})")
    return 0 if average <= MEAN_LIMIT_MS and slowest <= LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
