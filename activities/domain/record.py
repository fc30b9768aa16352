"""The record of one enrolment: its owner, what its events say, and what's known about its activity in Graph."""

import hashlib
from dataclasses import dataclass, field, replace

from activities.domain.fields import Facts, bounded_hashes, merge
from activities.domain.news import News, Owner
from activities.domain.sync_parts import Attempt, Left
from activities.domain.sync_state import SyncState

FORGOTTEN = "forgotten"
# If the ledger was lost, nothing is known about an attempt, and a lookup can show at any time what became of it.
LOST = 0.0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What's kept about forgotten events, so that none of them counts again.

    Attributes:
        until: when the latest of them occurred, in microseconds since 1970.
        untimed: hashes of the ids of those that didn't say when they occurred.
    """

    until: int
    untimed: frozenset[str] = frozenset()

    def has(self, facts: Facts) -> bool:
        """Return whether an event is a forgotten one, or no later than the latest of those."""
        clock = facts.latest
        return clock is not None and (clock.occurred <= self.until or clock.event in self.untimed)


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """Everything that's kept about one enrolment.

    `forgotten` is set once the record has been forgotten. The record is a tombstone until a later event comes.
    """

    enrollment_id: str
    owner: Owner | None = None
    facts: Facts = field(default_factory=Facts)
    sync: SyncState = field(default_factory=SyncState)
    forgotten: Forgotten | None = None

    @property
    def is_tombstone(self) -> bool:
        """Whether the record has been forgotten, and no later event has come since."""
        return self.forgotten is not None and self.owner is None

    @property
    def state(self) -> str:
        """One word for operators: settled, waiting, unclear, parked, held_back or forgotten."""
        return FORGOTTEN if self.is_tombstone else self.sync.state

    def has_forgotten(self, news: News) -> bool:
        """Return whether the news belongs to what was forgotten, so it no longer counts."""
        return self.forgotten is not None and self.forgotten.has(news.facts)

    def takes(self, news: News) -> bool:
        """Return whether the news is certainly about the owner of this record, so that it may be merged."""
        if self.owner is None:
            return self.sync.left is None
        return self.owner.is_source_of(news) and self.owner.is_named_by(news)

    def merged(self, news: News) -> "ActivityRecord":
        """Return the record with an event of its owner merged. The first event decides who the owner is."""
        owner = self.owner or Owner(news.source)
        return replace(self, owner=owner.told(news), facts=merge(self.facts, news.facts), sync=self.sync.going_on())

    def tombstone(self, conclusive_from: float) -> "ActivityRecord":
        """Return what's left when the record is forgotten. If there's an activity, it stays in Graph.

        From `conclusive_from` on (in seconds since 1970), a lookup shows the activity as it is now.
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
        """Return the record as it goes back into the ledger from a backup.

        Nobody knows what has happened since. So before anything is sent, the app looks up what Graph has and adds it to
        the record, as if the ledger had been lost. A tombstone stays unchanged.
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
        """Return the hash that a tombstone of this record keeps for a learner or a course."""
        return hash_in(row_key(self.enrollment_id), graph_id)

    def synced(self, state: SyncState) -> "ActivityRecord":
        """Return the record with a different sync state."""
        return replace(self, sync=state)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it is in the ledger, with the ETag of its row. Without an ETag, there's no row yet."""

    record: ActivityRecord
    etag: str | None


def row_key(text: str) -> str:
    """Return the hash that stands for an enrolment or an LMS account in tables and logs.

    The LMS's ids may have any characters and any length, but row keys may not.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def hash_in(record: str, graph_id: str) -> str:
    """Return the hash that the tombstone with this row key keeps for a learner or a course.

    It's different in each record, so that nobody can see which tombstones belong to the same person.
    """
    return row_key(f"{record}\n{graph_id}")
