"""Measure the CPU time for parsing an event of each format, compared with `json.loads` of the same text.

Run `python -m tools.develop.bench.parse`. The events are the cases in `tests/events`.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from activities.intake.formats import built_in_formats
from activities.intake.parse import Batch, parse

EVENTS = Path(__file__).resolve().parents[3] / "tests" / "events"
RECEIVED = datetime(2026, 3, 2, 8, 15, 30, tzinfo=UTC)
LIMIT_MS = 1.0


def bodies(folder: Path) -> list[bytes]:
    """Return the events of a format, without batches: their items are measured as events of their own."""
    events = [json.loads(case.read_text(encoding="utf-8"))["event"] for case in sorted(folder.glob("*.json"))]
    texts = [json.dumps(event).encode() for event in events]
    return [text for text in texts if not isinstance(parse(text, received=RECEIVED), Batch)]


def milliseconds(work: Callable[[bytes], object], body: bytes, rounds: int) -> float:
    """Return the CPU time of one call: the median of seven runs with `rounds` calls each."""
    runs = []
    for _ in range(7):
        start = time.process_time()
        for _ in range(rounds):
            work(body)
        runs.append((time.process_time() - start) / rounds * 1000)
    return statistics.median(runs)


def main() -> int:
    """Print the table; 1 if an event takes longer than the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="calls per run")
    rounds = parser.parse_args().rounds
    formats = built_in_formats()
    print(f"{'format':<13}{'events':>7}{'bytes':>8}{'json.loads ms':>15}{'parse ms':>10}{'slowest ms':>12}")
    slowest = 0.0
    for folder in sorted(folder for folder in EVENTS.iterdir() if folder.is_dir()):
        texts = bodies(folder)
        read = [milliseconds(json.loads, text, rounds) for text in texts]
        parsed = [milliseconds(lambda text: parse(text, formats, RECEIVED), text, rounds) for text in texts]
        slowest = max(slowest, *parsed)
        size = statistics.mean(len(text) for text in texts)
        print(
            f"{folder.name:<13}{len(texts):>7}{size:>8.0f}{statistics.mean(read):>15.4f}"
            f"{statistics.mean(parsed):>10.4f}{max(parsed):>12.4f}"
        )
    print(f"slowest event: {slowest:.3f} ms CPU (limit {LIMIT_MS:.0f} ms)")
    return 0 if slowest < LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
