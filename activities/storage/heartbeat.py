"""The heartbeat: the state of the app as storage shows it, written once a minute for operators to read.

What is to be forgotten after a while is forgotten on the same occasion.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from azure.storage.queue.aio import QueueClient

from activities.storage import queue_depths
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters
from activities.storage.retention import Retention
from activities.storage.shared import Fact, SharedState

# Counting the records that wait reads the whole table.
_RECORDS_SECONDS = 900.0
_LETTERS_SECONDS = 50.0
# Counting may take no more than this share of the time. What takes longer is counted less often.
_SHARE = 0.02

type Facts = Mapping[str, Fact]


class _NowAndThen:
    """Counts something now and then, and remembers the result in between."""

    def __init__(self, count: Callable[[], Awaitable[Facts]], seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._due = 0.0
        self._counted: Facts = {}

    async def __call__(self) -> Facts:
        begun = time.monotonic()
        if begun >= self._due:
            self._counted = await self._count()
            took = time.monotonic() - begun
            self._due = begun + max(self._seconds, took / _SHARE)
        return self._counted


class Heartbeat:
    """Counts what waits and what has failed, and writes the heartbeat."""

    def __init__(
        self,
        queues: Sequence[QueueClient],
        ledger: Ledger,
        letters: Letters,
        shared: SharedState,
        retention: Retention | None = None,
    ) -> None:
        self._queues = queues
        self._ledger = ledger
        self._letters = letters
        self._shared = shared
        self._parts: dict[str, Callable[[], Awaitable[Facts]]] = {
            "queues": self._count_queues,
            "letters": _NowAndThen(self._count_letters, _LETTERS_SECONDS),
            "records": _NowAndThen(self._count_records, _RECORDS_SECONDS),
        }
        if retention is not None:
            self._parts["retention"] = partial(_forget, retention)

    async def beat(self, known: Facts) -> None:
        """Write what is known already and what can be counted. `unknown` names what could not be counted."""
        facts = dict(known)
        unknown: list[str] = []
        for name, count in self._parts.items():
            try:
                facts |= await count()
            except Exception:  # noqa: BLE001  what cannot be counted, whatever the reason, costs the rest nothing
                unknown.append(name)
        await self._shared.beat(facts | {"clock": time.time(), "unknown": ",".join(unknown)})

    async def _count_queues(self) -> Facts:
        depths = await queue_depths.publish(self._queues)
        return {"queues": depths.messages, "unreadable": ",".join(depths.unreadable)}

    async def _count_letters(self) -> Facts:
        return {"dead_letters": await self._letters.count()}

    async def _count_records(self) -> Facts:
        states, oldest = await self._ledger.waiting()
        return {"records": states, "records_counted_at": time.time(), "oldest_waits_since": oldest}


async def _forget(retention: Retention) -> Facts:
    return {"forgotten": await retention.run()}
