"""What `sync` needs of storage and Graph. `service` puts the real ones in, a simulation may put in its own."""

from typing import Protocol

from activities.domain.desired import Desired
from activities.domain.found import Found
from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Retry
from activities.domain.record import ActivityRecord, StoredRecord
from activities.domain.terms import Kind, Reference, RequestKind, ResolvedIds


class Ledger(Protocol):
    """Keeps records. What storage refuses is raised."""

    async def load(self, enrollment_id: str) -> StoredRecord:
        """Return the record of an enrolment; an empty one if nothing is known of it."""
        ...

    async def find(self, record: str) -> str | None:
        """Return the id of the enrolment with this row key, or None if there is no record of it."""
        ...

    async def store(self, record: ActivityRecord, etag: str | None) -> StoredRecord:
        """Write a record over the row with this ETag, or where no row is yet (None).

        Raises:
            RecordChanged: somebody else wrote in between; nothing was written.
        """
        ...


class Delivery(Protocol):
    """Writes messages for later. What storage refuses is raised."""

    async def retry(self, message: Message, retry: Retry, enrollment_id: str | None, nonce: str) -> None:
        """Put the message on the retry queue, visible after the retry's delay."""
        ...


class Letters(Protocol):
    """Keeps dead letters. What storage refuses is raised."""

    async def write(
        self, message: Message, letter: DeadLetter, enrollment_id: str | None = None, number: int | None = None
    ) -> None:
        """Write a dead letter. With a number it is the letter of its record, and replaces the one before."""
        ...

    async def sweep(self, record: str, number: int) -> None:
        """Delete the letter of the record with this row key, unless it is later than that with this number."""
        ...


class People(Protocol):
    """Knows who the accounts of an LMS are."""

    async def find(self, account: str) -> Reference | None:
        """Return how the table names the person with this account (the value of an `lmsAccount` reference)."""
        ...


class Graph(Protocol):
    """Activities, users and courses in Graph. Every method raises `GraphError`."""

    async def ready(self, kind: RequestKind) -> None:
        """Find out, before anything is written ahead, whether a request of this kind may be sent now."""
        ...

    async def create(self, desired: Desired, ids: ResolvedIds) -> str:
        """Create an activity and return its id in Graph."""
        ...

    async def update(self, activity_id: str, desired: Desired) -> None:
        """Bring what Graph lets change of an activity to the desired state."""
        ...

    async def delete(self, activity_id: str, kind: Kind) -> None:
        """Delete an activity."""
        ...

    async def read(self, activity_id: str, kind: Kind) -> Found:
        """Return what Graph has of an activity."""
        ...

    async def find_activity(self, external_id: str, kind: Kind) -> str | None:
        """Return Graph's id of the activity with this external id."""
        ...

    async def find_content(self, external_id: str) -> str | None:
        """Return the learningContentId of a course in the provider's catalogue."""
        ...

    async def find_user(self, name: str) -> str | None:
        """Return the object id of the user with this object id or user principal name."""
        ...

    async def find_users(self, value: str, *properties: str) -> list[str]:
        """Return the object ids of the users any of whose properties has this value; at most two."""
        ...
