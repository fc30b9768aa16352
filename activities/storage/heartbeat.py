"""The heartbeat: what storage says about how the app is, written once a minute for operators to read."""

import math
import time
from collections.abc import Mapping, Sequence

from azure.core.exceptions import AzureError
from azure.storage.queue.aio import QueueClient

from activities.storage import queue_depths
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters
from activities.storage.shared import Fact, SharedState

# Counting the records that wait reads the whole table, so it is done now and then.
_COUNT_SECONDS = 900.0


class Heartbeat:
    """Counts what waits and what has failed, and writes the heartbeat."""

    def __init__(self, queues: Sequence[QueueClient], ledger: Ledger, letters: Letters, shared: SharedState) -> None:
        self._queues = queues
        self._ledger = ledger
        self._letters = letters
        self._shared = shared
        self._counted_at = -math.inf
        self._records: Mapping[str, Fact] = {}

    async def beat(self, known: Mapping[str, Fact]) -> None:
        """Write what is known already and what can be counted. What cannot be counted is named in `unknown`."""
        facts = dict(known)
        unknown: list[str] = []
        for name, count in (("queues", self._count_queues), ("letters", self._count_letters), ("records", self._count)):
            try:
                facts |= await count()
            except AzureError:
                unknown.append(name)
        await self._shared.beat(facts | {"unknown": ",".join(unknown)})

    async def _count_queues(self) -> Mapping[str, Fact]:
        return {"queues": await queue_depths.publish(self._queues)}

    async def _count_letters(self) -> Mapping[str, Fact]:
        return {"dead_letters": await self._letters.count()}

    async def _count(self) -> Mapping[str, Fact]:
        if time.monotonic() >= self._counted_at + _COUNT_SECONDS:
            states, oldest = await self._ledger.waiting()
            self._counted_at = time.monotonic()
            self._records = {"records": states, "oldest_waits_since": oldest}
        return self._records
