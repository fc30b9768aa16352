"""One enrolment's record: whose it is, what its events say, and what is known of its activity in Graph."""

import hashlib
from dataclasses import dataclass, field, replace

from activities.domain.fields import Facts, merge
from activities.domain.news import News, Owner
from activities.domain.sync_state import SyncState


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """Everything that is kept of one enrolment."""

    enrollment_id: str
    owner: Owner | None = None
    facts: Facts = field(default_factory=Facts)
    sync: SyncState = field(default_factory=SyncState)

    def takes(self, news: News) -> bool:
        """Whether the news is certainly about the owner of this record, so that it may be merged."""
        return self.owner is None or (self.owner.is_source_of(news) and self.owner.is_named_by(news))

    def merged(self, news: News) -> "ActivityRecord":
        """Return the record with an event of its owner added. The first event decides who that is."""
        owner = self.owner or Owner(news.source)
        return replace(self, owner=owner.told(news), facts=merge(self.facts, news.facts))

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
