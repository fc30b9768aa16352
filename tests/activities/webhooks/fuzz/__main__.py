"""Send many made-up requests to the webhook door: `python -m tests.activities.webhooks.fuzz [--count N] [--jobs N]`."""

import argparse
import asyncio
import sys
import time
from collections import Counter
from multiprocessing import Pool

from rich.console import Console
from rich.progress import track

from tests.activities.webhooks.fuzz.checking import Found, check

SHARE = 2_000


def _share(seed: int) -> Found:
    return asyncio.run(check(seed, SHARE))


def main() -> int:
    """Run the command line. Return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.activities.webhooks.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="how many requests (default: 100,000)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=int, default=1, help="how many cores to use")
    options = parser.parse_args()
    console, begun = Console(), time.monotonic()
    answers: Counter[int] = Counter()
    wrong: list[str] = []
    proven = queued = 0
    seeds = range(options.seed, options.seed + options.count // SHARE)
    with Pool(options.jobs) as pool:
        for found in track(pool.imap_unordered(_share, seeds), "Requests", len(seeds), disable=not console.is_terminal):
            answers.update(found.answers)
            wrong += found.wrong
            proven += found.proven
            queued += found.queued
    seconds = time.monotonic() - begun
    console.print(f"{answers.total():,} requests in {seconds:.0f} s, {proven:,} proven, {queued:,} put on the queue")
    console.print(", ".join(f"{status}: {count:,}" for status, count in sorted(answers.items())))
    for one in wrong[:20]:
        console.print(one, style="red", markup=False)
    console.print(f"{len(wrong):,} wrong", style="red" if wrong else "green")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
