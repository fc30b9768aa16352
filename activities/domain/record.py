"""One enrolment's record: whose it is, what its events say, and what is known of its activity in Graph."""

import hashlib
from dataclasses import dataclass, field, replace

from activities.domain.fields import Facts, bounded_hashes, merge
from activities.domain.news import News, Owner
from activities.domain.sync_parts import Attempt, Left
from activities.domain.sync_state import SyncState

FORGOTTEN = "forgotten"
# An attempt of which nothing is known, because the ledger was lost: a lookup may show at any time what became of it.
LOST = 0.0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What is remembered of events that were forgotten, so that none of them counts again.

    Attributes:
        until: when the latest of them occurred, in microseconds from 1970.
        untimed: hashes of the ids of those that did not say when they occurred.
    """

    until: int
    untimed: frozenset[str] = frozenset()

    def has(self, facts: Facts) -> bool:
        """Whether an event is one of them, or older than the latest of them."""
        clock = facts.latest
        return clock is not None and (clock.occurred <= self.until or clock.event in self.untimed)


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """Everything that is kept of one enrolment.

    `forgotten` is there once the record was forgotten. Until a later event comes, it is a tombstone.
    """

    enrollment_id: str
    owner: Owner | None = None
    facts: Facts = field(default_factory=Facts)
    sync: SyncState = field(default_factory=SyncState)
    forgotten: Forgotten | None = None

    @property
    def is_tombstone(self) -> bool:
        """Whether nothing is known but that there was a record, which has been forgotten."""
        return self.forgotten is not None and self.owner is None

    @property
    def state(self) -> str:
        """In a word, for operators: settled, waiting, unclear, parked or forgotten."""
        return FORGOTTEN if self.is_tombstone else self.sync.state

    def has_forgotten(self, news: News) -> bool:
        """Whether the news is of the time that was forgotten, so that it counts no more."""
        return self.forgotten is not None and self.forgotten.has(news.facts)

    def takes(self, news: News) -> bool:
        """Whether the news is certainly about the owner of this record, so that it may be merged."""
        if self.owner is None:
            return self.sync.left is None
        return self.owner.is_source_of(news) and self.owner.is_named_by(news)

    def merged(self, news: News) -> "ActivityRecord":
        """Return the record with an event of its owner added. The first event decides who that is."""
        owner = self.owner or Owner(news.source)
        return replace(self, owner=owner.told(news), facts=merge(self.facts, news.facts), sync=self.sync.going_on())

    def tombstone(self, conclusive_from: float) -> "ActivityRecord":
        """Return what is left when the record is forgotten. Its activity, if there is one, stays in Graph.

        From `conclusive_from` on, seconds since 1970, a lookup shows the activity as it is now.
        """
        latest, before = self.facts.latest, self.forgotten or Forgotten(0)
        until = before.until if latest is None else max(before.until, latest.occurred)
        forgotten = Forgotten(until, bounded_hashes(before.untimed | self.facts.untimed))
        activity, left = self.sync.activity, None
        if activity is not None and self.owner is not None:
            ids = activity.immutable.ids
            learner, course = self.hash_of(ids.learner_user_id), self.hash_of(ids.learning_content_id)
            left = Left(activity.id, conclusive_from, self.owner.source, learner, course)
        return ActivityRecord(self.enrollment_id, sync=self.sync.forgotten(left), forgotten=forgotten)

    def restored(self) -> "ActivityRecord":
        """Return the record as it enters the ledger out of a backup.

        Nobody knows what has become of it since. So what Graph has is looked up before anything is sent, and enters the
        record first, as if the ledger had been lost. A tombstone stays one.
        """
        if self.is_tombstone:
            return self
        state = self.sync
        return self.synced(
            SyncState(
                attempt=Attempt(LOST),
                known=state.known,
                deleted_id=state.deleted_id,
                parked=state.parked,
                letter=state.letter,
                sweep=state.sweep,
            )
        )

    def hash_of(self, graph_id: str) -> str:
        """Return the hash by which a tombstone of this record knows a learner or a course."""
        return hash_in(row_key(self.enrollment_id), graph_id)

    def synced(self, state: SyncState) -> "ActivityRecord":
        """Return the record with another state of synchronisation."""
        return replace(self, sync=state)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as the ledger has it, with the ETag of its row. Without an ETag there is no row yet."""

    record: ActivityRecord
    etag: str | None


def row_key(text: str) -> str:
    """Return the hash by which tables and logs name an enrolment, or an account of an LMS.

    An id of the LMS may have any characters and any length; a row key may not.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def hash_in(record: str, graph_id: str) -> str:
    """Return the hash by which the tombstone with this row key knows a learner or a course.

    It differs from record to record, so that nobody sees which tombstones belong together.
    """
    return row_key(f"{record}\n{graph_id}")
