"""One enrolment's record: what its events say, and what is known of its activity in Graph."""

import hashlib
from dataclasses import dataclass, field, replace

from activities.domain.fields import Fields, merge
from activities.domain.sync_state import SyncState


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """Everything that is kept of one enrolment."""

    enrollment_id: str
    fields: Fields = field(default_factory=dict)
    sync: SyncState = field(default_factory=SyncState)

    def merged(self, news: Fields) -> "ActivityRecord":
        """Return the record with the fields of an event added."""
        return replace(self, fields=merge(self.fields, news))

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
