"""What `sync` and the handler need from storage and Graph. `service.py` passes in the real parts."""

from typing import Protocol

from activities.domain.desired import Desired
from activities.domain.errors import EverybodysFault
from activities.domain.found import Found, FoundActivity
from activities.domain.message import Control, Message
from activities.domain.outcomes import DeadLetter, Retry
from activities.domain.record import ActivityRecord, StoredRecord
from activities.domain.terms import Kind, Reference, RequestKind, ResolvedIds


class Ledger(Protocol):
    """Keeps records. Storage errors are raised, and those that affect everybody as a `StorageFault`."""

    async def load(self, enrollment_id: str) -> StoredRecord:
        """Return an enrolment's record, or an empty one if nothing is known about it."""
        ...

    async def find(self, record: str) -> ActivityRecord | None:
        """Return the record with this row key, or None if there is none. A tombstone has no enrolment id."""
        ...

    async def store(self, record: ActivityRecord, etag: str | None) -> StoredRecord:
        """Write a record over the row with this ETag, or as a new row if the ETag is None.

        Raises:
            RecordChanged: somebody else wrote the row in between; nothing was written.
        """
        ...


class Delivery(Protocol):
    """Writes messages for later. Storage errors are raised."""

    async def retry(self, message: Message, retry: Retry, enrollment_id: str | None, nonce: str) -> None:
        """Put the message on the retry queue, visible after the retry's delay."""
        ...


class Messages(Delivery, Protocol):
    """What else the handler needs: to open, put back and split messages, and to delete their bodies."""

    async def open(self, text: bytes) -> Message | Control:
        """Return the message inside an envelope, or a control message. Any other text is itself a message."""
        ...

    async def put_back(self, text: bytes, after: float) -> None:
        """Put a text on the retry queue as it is, visible after `after` seconds."""
        ...

    async def send_back(self, body: bytes, after: float) -> None:
        """Put a message back on the inbound queue as it was, visible after `after` seconds."""
        ...

    async def discard(self, blob: str) -> None:
        """Delete the blob with the body of a message that's done."""
        ...

    async def split(self, items: tuple[str, ...]) -> None:
        """Put each item of a batch on a queue as a message of its own."""
        ...


class Letters(Protocol):
    """Keeps dead letters. Storage errors are raised, and those that affect everybody as a `StorageFault`."""

    async def write(
        self, message: Message, letter: DeadLetter, enrollment_id: str | None = None, number: int | None = None
    ) -> None:
        """Write a dead letter. With a number, it replaces the earlier letter of its record."""
        ...

    async def keep(self, record: str) -> None:
        """Detach the letter from the record with this row key, so that it's never swept."""
        ...

    async def sweep(self, record: str, number: int) -> None:
        """Delete the letter of the record with this row key, unless the letter has a higher number."""
        ...


class Answers(Protocol):
    """Answers pings, which ask whether the app handles messages. Storage errors are raised as a `StorageFault`."""

    async def answer(self, ping: str, fault: str) -> None:
        """Store, for the ping's sender to read, that this process has received the ping.

        Args:
            ping: the ping's name.
            fault: why this process can't handle events; empty if it can.
        """
        ...


class People(Protocol):
    """Knows which person each LMS account belongs to."""

    async def find(self, account: str) -> Reference | None:
        """Return the table's reference to the person with this account (the value of an `lmsAccount` reference)."""
        ...


class Graph(Protocol):
    """Activities, users and courses in Graph. Every method may raise a `GraphError`."""

    async def ready(self, *kinds: RequestKind, completes: bool = False) -> None:
        """Find out, before anything is written ahead, whether a request of each of these kinds may be sent now.

        If not all requests can be sent, those that complete an activity (`completes`) go first.
        """
        ...

    async def check_role(self, kind: Kind) -> None:
        """Raise an `EverybodysFault` if the app certainly lacks the permission to create activities of this kind."""
        ...

    def successes(self, kind: RequestKind) -> int:
        """Return how many requests of this kind are known to have succeeded, whoever sent them."""
        ...

    def count(self, kind: RequestKind) -> None:
        """Count a success that isn't a request's under this kind, and tell all processes."""
        ...

    async def listen(self) -> None:
        """Learn what has succeeded in the other processes, unless that was done recently."""
        ...

    async def suspect(self, fault: EverybodysFault, record: str) -> None:
        """Note that the record with this row key met a fault that, as far as can be told, everybody would meet."""
        ...

    async def create(self, desired: Desired, ids: ResolvedIds) -> str:
        """Create an activity and return its id in Graph."""
        ...

    async def update(self, activity_id: str, desired: Desired) -> None:
        """Update an activity to the desired state, except for its immutable part."""
        ...

    async def delete(self, activity_id: str, kind: Kind) -> None:
        """Delete an activity."""
        ...

    async def read(self, activity_id: str, kind: Kind) -> Found:
        """Return the values that an activity has in Graph."""
        ...

    async def find_activity(self, external_id: str, kind: Kind) -> FoundActivity | None:
        """Return the activity with this external id, or None. `kind` is the kind that it should have."""
        ...

    async def find_content(self, external_id: str) -> str | None:
        """Return the learningContentId of a course in the provider's catalogue, or None."""
        ...

    async def find_user(self, name: str) -> str | None:
        """Return the object id of the user with this object id or user principal name, or None."""
        ...

    async def find_users(self, value: str, *properties: str) -> list[str]:
        """Return the object ids of the users who have this value in one of these properties, at most two."""
        ...
