"""Parse many damaged bodies and as many generated ones.

python -m tests.activities.intake.fuzz --bodies 200000 --jobs 2
python -m tests.activities.intake.fuzz --share generated-17
"""

import argparse
import sys
import time
from collections import Counter
from multiprocessing import get_context

from rich.console import Console

from tests.activities.intake.fuzz.shares import KINDS, SHARE, outcome

CONSOLE = Console(highlight=False, markup=False, soft_wrap=True)


def main() -> int:
    """Run what the arguments ask for. Return 1 if a body failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.activities.intake.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--bodies", type=int, default=200_000, help="how many of each kind")
    parser.add_argument("--jobs", type=int, default=2, help="how many cores to use")
    parser.add_argument("--share", help="run this share only, such as generated-17")
    arguments = parser.parse_args()
    if arguments.share is not None:
        _, wrong = outcome(arguments.share)
        CONSOLE.print(wrong or "nothing is wrong")
        return 1 if wrong else 0
    return max([_run(kind, arguments.bodies, arguments.jobs) for kind in KINDS])


def _run(kind: str, bodies: int, jobs: int) -> int:
    names = [f"{kind}-{number}" for number in range(-(-bodies // SHARE))]
    counts, slowest, failed = Counter[str](), (0.0, 0), []
    began = time.monotonic()
    with get_context("spawn").Pool(jobs) as pool:
        for done, (found, wrong) in enumerate(pool.imap_unordered(outcome, names), 1):
            counts += found.counts
            slowest = max(slowest, found.slowest)
            failed += [wrong] if wrong else []
            if CONSOLE.is_terminal:
                CONSOLE.print(
                    f"\r{kind}: {done * SHARE:,} of {len(names) * SHARE:,} bodies, {len(failed)} failed", end=""
                )
    seconds = time.monotonic() - began
    results = ", ".join(f"{name.lower()} {count:,}" for name, count in counts.most_common())
    CONSOLE.print(f"\r{kind}: {len(names) * SHARE:,} bodies in {seconds:.0f} s; {results}; {len(failed)} shares failed")
    CONSOLE.print(f"  slowest: {slowest[0] * 1000:.0f} ms CPU, for {slowest[1]:,} bytes")
    for wrong in failed:
        CONSOLE.print(f"\n{wrong}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
