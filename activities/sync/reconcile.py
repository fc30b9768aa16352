"""Makes Graph match the records, one message at a time for each record."""

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
    # Locks avoid conflicts between this process's own invocations. Correctness depends only on the lease.
    locks: weakref.WeakValueDictionary[str, asyncio.Lock] = field(default_factory=weakref.WeakValueDictionary)

    async def find(self, record: str) -> ActivityRecord | None:
        """Return the record with this row key, or None if there is none. A tombstone has no enrolment id."""
        return await self.parts.ledger.find(record)

    async def knows(self, enrollment_id: str) -> bool:
        """Whether the ledger has a record of this enrolment."""
        return (await self.parts.ledger.load(enrollment_id)).etag is not None

    async def reconcile(self, message: Message, enrollment_id: str, news: News | None, task: Task) -> Outcome:
        """Merge an event into its record, and bring Graph to the record's desired state.

        When this returns, everything that the outcome calls for has been written. Storage errors are raised, unless a
        retry has already been written.
        """
        work = Work(self.parts, message, enrollment_id, news, task)
        async with self.locks.setdefault(enrollment_id, asyncio.Lock()):
            for _ in range(ROUNDS):
                try:
                    # Even a service that sends only a byte now and then can't keep the message longer than this.
                    async with asyncio.timeout(REQUESTS * self.parts.times.deadline):
                        return await work.run()
                except RecordChanged:
                    continue
                except LeaseLost:
                    return await work.conclusion.leave(Retry(self.parts.times.lease, RetryReason.LEASED))
                except Exception as error:
                    # A retry already stands for the message. A second one would double it each time it's due.
                    if work.conclusion.retry is None:
                        raise
                    telemetry.unexpected(error)
                    return work.conclusion.retry
            return await work.conclusion.leave(Retry(self.parts.times.shortest_retry, RetryReason.CONTENDED))
