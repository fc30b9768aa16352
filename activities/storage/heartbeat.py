"""The heartbeat: what the app knows about itself, written to storage once a minute for operators to read.

Old records are forgotten in the same run.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from azure.storage.queue.aio import QueueClient

from activities import telemetry
from activities.storage import queue_depths
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters
from activities.storage.retention import Retention
from activities.storage.shared import Fact, SharedState

# Counting the waiting records means reading the whole table.
_RECORDS_SECONDS = 900.0
_LETTERS_SECONDS = 50.0
# Counting may take no more than this share of the time. If it takes longer, it's done less often.
_SHARE = 0.02

type Facts = Mapping[str, Fact]


class _NowAndThen[Counted]:
    """Counts something now and then. In between, it returns the latest count and its time."""

    def __init__(self, count: Callable[[], Awaitable[Counted]], seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._due = 0.0
        self._latest: tuple[Counted, float] | None = None

    async def __call__(self) -> tuple[Counted, float]:
        begun = time.monotonic()
        if self._latest is None or begun >= self._due:
            self._latest = await self._count(), time.time()
            took = time.monotonic() - begun
            self._due = begun + max(self._seconds, took / _SHARE)
        return self._latest


class Heartbeat:
    """Counts what's waiting and what has failed, and writes the heartbeat."""

    def __init__(
        self,
        queues: Sequence[QueueClient],
        ledger: Ledger,
        letters: Letters,
        shared: SharedState,
        retention: Retention | None = None,
    ) -> None:
        self._queues = queues
        self._letters = _NowAndThen(letters.lying, _LETTERS_SECONDS)
        self._records = _NowAndThen(ledger.waiting, _RECORDS_SECONDS)
        self._shared = shared
        self._parts: dict[str, Callable[[], Awaitable[Facts]]] = {
            "queues": self._count_queues,
            "letters": self._count_letters,
            "records": self._count_records,
        }
        if retention is not None:
            self._parts["retention"] = partial(_forget, retention)

    async def beat(self, known: Facts) -> None:
        """Write the known facts and everything that can be counted. `unknown` names what couldn't be counted."""
        facts = dict(known)
        unknown: list[str] = []
        for name, count in self._parts.items():
            try:
                facts |= await count()
            except Exception:  # noqa: BLE001  if one count fails, for whatever reason, the others go on
                unknown.append(name)
        await self._shared.beat(facts | {"clock": time.time(), "unknown": ",".join(unknown)})

    async def _count_queues(self) -> Facts:
        depths = await queue_depths.publish(self._queues)
        return {"queues": depths.messages, "unreadable": ",".join(depths.unreadable)}

    async def _count_letters(self) -> Facts:
        lying, _ = await self._letters()
        for reason, letters in lying.reasons.items():
            telemetry.lying(reason, letters, _seconds_since(lying.since[reason]))
        return {"dead_letters": lying.reasons, "dead_letters_since": lying.since}

    async def _count_records(self) -> Facts:
        waiting, counted_at = await self._records()
        telemetry.waiting(_seconds_since(waiting.since), "other")
        telemetry.waiting(_seconds_since(waiting.course_since), "course")
        return {
            "records": waiting.states,
            "records_counted_at": counted_at,
            "oldest_waits_since": waiting.oldest,
            "course_waits_since": waiting.course_since,
        }


def _seconds_since(instant: float | None) -> float:
    """Return how long ago an instant was, or 0 if there is none."""
    return 0.0 if instant is None else max(0.0, time.time() - instant)


async def _forget(retention: Retention) -> Facts:
    return {"forgotten": await retention.run()}
