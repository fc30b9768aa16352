"""Many runs, on several cores. Progress is kept in a file, so that they can be resumed."""

import gc
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context, parent_process
from pathlib import Path

from tests.simulation.run import simulate

CHUNK = 40


@dataclass(slots=True)
class Progress:
    """Progress through a range of seeds.

    Attributes:
        begin, end: the range.
        done: all seeds before this one have run.
        seconds: how long they took.
        requests: how many requests were sent to Graph.
        failed: what went wrong, by seed.
    """

    begin: int
    end: int
    done: int
    seconds: float = 0.0
    requests: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Seeds per second."""
        return (self.done - self.begin) / self.seconds if self.seconds else 0.0

    def line(self) -> str:
        """Describe the progress in one line."""
        return (
            f"{self.done - self.begin:,} of {self.end - self.begin:,} seeds, {self.rate:.1f} seeds/s, "
            f"{self.requests:,} requests to Graph, {len(self.failed)} failed"
        )

    def save(self, path: Path) -> None:
        """Write the progress to a file."""
        path.write_text(json.dumps(asdict(self)))


def progress_in(path: Path | None, begin: int, end: int) -> Progress:
    """Return the progress from the file if it's about this range, or else new progress."""
    if path is not None and path.exists():
        found = Progress(**json.loads(path.read_text()))
        if found.begin == begin:
            found.end = end
            return found
    return Progress(begin, end, begin)


def run_all(progress: Progress, *, jobs: int, processes: int | None, told: Callable[[Progress], None]) -> None:
    """Run the remaining seeds, and report the progress after each chunk."""
    chunks = [
        (first, min(first + CHUNK, progress.end), processes) for first in range(progress.done, progress.end, CHUNK)
    ]
    before, began = progress.seconds, time.monotonic()
    # A worker gets slower with what its runs leave behind, so it's replaced now and then. (The executor in
    # concurrent.futures hangs when all of its workers have to be replaced at once: python/cpython#115634.)
    with get_context("spawn").Pool(jobs, initializer=_begin, maxtasksperchild=50) as pool:
        for last, requests, failed in pool.imap(_run_chunk, chunks) if jobs > 1 else map(_run_chunk, chunks):
            progress.done = last
            progress.requests += requests
            progress.failed |= failed
            progress.seconds = before + time.monotonic() - began
            told(progress)


def quietly() -> None:
    """Turn off the app's logging, because a run would log thousands of lines."""
    logging.getLogger("activities").setLevel(logging.CRITICAL + 1)


def _begin() -> None:
    """End this worker when its parent process is killed."""
    if (parent := parent_process()) is not None:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


def _run_chunk(chunk: tuple[int, int, int | None]) -> tuple[int, int, dict[str, str]]:
    """Run some seeds. Return the first seed that wasn't run, the number of requests, and what went wrong, by seed."""
    quietly()
    first, last, processes = chunk
    requests, failed = 0, {}
    gc.disable()
    for seed, wrong, sent in _results(first, last, processes):
        requests += sent
        if wrong:
            failed[str(seed)] = wrong
    gc.enable()
    gc.collect()
    return last, requests, failed


def _results(first: int, last: int, processes: int | None) -> Iterator[tuple[int, str, int]]:
    for seed in range(first, last):
        result = simulate(seed, processes=processes)
        yield seed, result.wrong, result.requests
