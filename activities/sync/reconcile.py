"""Brings records and Graph together, one message at a time."""

import asyncio
import weakref
from dataclasses import dataclass, field

from activities import telemetry
from activities.domain.errors import LeaseLost, RecordChanged
from activities.domain.message import Message
from activities.domain.news import News
from activities.domain.outcomes import Outcome, Retry, RetryReason
from activities.domain.record import ActivityRecord
from activities.sync.parts import REQUESTS, ROUNDS, Parts
from activities.sync.plan import SYNC, Task
from activities.sync.work import Work

__all__ = ["SYNC", "Parts", "Reconciler", "Task"]


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Reconciles records with Graph. One per process."""

    parts: Parts
    # Locks avoid conflicts among this process's own invocations. Correctness rests on the lease alone.
    locks: weakref.WeakValueDictionary[str, asyncio.Lock] = field(default_factory=weakref.WeakValueDictionary)

    async def find(self, record: str) -> ActivityRecord | None:
        """Return the record with this row key, or None if there is none. A tombstone has no enrolment id."""
        return await self.parts.ledger.find(record)

    async def knows(self, enrollment_id: str) -> bool:
        """Whether the ledger has a record of this enrolment."""
        return (await self.parts.ledger.load(enrollment_id)).etag is not None

    async def reconcile(self, message: Message, enrollment_id: str, news: News | None, task: Task) -> Outcome:
        """Merge an event into its record, and bring Graph to the state that the record then desires.

        When this returns, what the outcome asks for has been written. Storage errors are raised, unless a retry has
        been written before.
        """
        work = Work(self.parts, message, enrollment_id, news, task)
        async with self.locks.setdefault(enrollment_id, asyncio.Lock()):
            for _ in range(ROUNDS):
                try:
                    # A service that sends a byte now and then keeps the message no longer.
                    async with asyncio.timeout(REQUESTS * self.parts.times.deadline):
                        return await work.run()
                except RecordChanged:
                    continue
                except LeaseLost:
                    return await work.conclusion.leave(Retry(self.parts.times.lease, RetryReason.LEASED))
                except Exception as error:
                    # A retry stands for the message. A second one would double it each time it is due.
                    if work.conclusion.retry is None:
                        raise
                    telemetry.unexpected(error)
                    return work.conclusion.retry
            return await work.conclusion.leave(Retry(self.parts.times.shortest_retry, RetryReason.CONTENDED))
