"""Dead letters: one blob for each, with the original message inside.

What a listing shows (reason, record, times, attempt) is also metadata of the blob, so that no blob has to be read for
it. The letter of a record has the record's row key for an id: it stands for everything that is merged into the record,
and the latest one replaces the one before.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobProperties, ContentSettings
from azure.storage.blob.aio import ContainerClient

from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter
from activities.domain.record import row_key
from activities.storage.envelope import Envelope, enclose

_JSON = ContentSettings(content_type="application/json")
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a listing says about a dead letter. `record` is the row key of its enrolment, if it has one."""

    id: str
    reason: str
    record: str | None
    attempt: int
    number: int
    first_seen: datetime
    last_seen: datetime
    size: int
    etag: str


class Letters:
    """Writes, lists and deletes dead letters. What storage refuses is raised."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def write(
        self, message: Message, letter: DeadLetter, enrollment_id: str | None = None, number: int | None = None
    ) -> None:
        """Write a dead letter, over the one with the same id.

        Args:
            message: the message that could not be delivered.
            letter: why.
            enrollment_id: the enrolment that the message is about, as far as is known.
            number: the number of the letter of its record; None if the message is not merged into a record.
        """
        record = None if enrollment_id is None else row_key(enrollment_id)
        envelope = enclose(
            message,
            id=record if record is not None and number is not None else _hash(record, message.body),
            number=number,
            reason=letter.reason,
            detail=letter.detail,
            attempt=message.attempt,
            enrollment_id=enrollment_id,
            request_id=letter.request_id,
        )
        metadata = {
            "reason": envelope.reason,
            "attempt": str(envelope.attempt),
            "number": str(number or 0),
            "first_seen": envelope.first_seen.isoformat(),
            "last_seen": envelope.last_seen.isoformat(),
            **({"record": record} if record is not None else {}),
        }
        await self._container.upload_blob(
            _name(envelope.id), envelope.text(), overwrite=True, metadata=metadata, content_settings=_JSON
        )

    async def sweep(self, record: str, number: int) -> None:
        """Delete the letter of a record that has healed, unless it is a later one than that with this number."""
        blob = self._container.get_blob_client(_name(record))
        try:
            found = await blob.get_blob_properties()
            if int(found.metadata.get("number", "0")) <= number:
                await blob.delete_blob(etag=found.etag, match_condition=MatchConditions.IfNotModified)
        except (ResourceNotFoundError, ResourceModifiedError):
            return

    async def list(self) -> AsyncIterator[LetterFacts]:
        """Iterate over all letters, 5,000 for each request, without reading any."""
        async for page in self._container.list_blobs(include=["metadata"], results_per_page=_PAGE).by_page():
            async for blob in page:
                yield _facts(blob)

    async def count(self) -> Counter[str]:
        """Return how many letters there are, by reason."""
        return Counter([letter.reason async for letter in self.list()])

    async def read(self, letter_id: str) -> Envelope | None:
        """Return a letter, or None if there is none with this id."""
        try:
            text = await (await self._container.download_blob(_name(letter_id))).readall()
        except ResourceNotFoundError:
            return None
        return Envelope.model_validate_json(text)

    async def delete(self, letter_id: str, etag: str) -> bool:
        """Delete a letter if it has not been replaced. False: it has been, or is gone."""
        try:
            await self._container.delete_blob(
                _name(letter_id), etag=etag, match_condition=MatchConditions.IfNotModified
            )
        except (ResourceNotFoundError, ResourceModifiedError):
            return False
        return True


def _name(letter_id: str) -> str:
    return f"{letter_id}.json"


def _hash(record: str | None, body: bytes) -> str:
    return hashlib.sha256((record or "").encode() + b"\n" + body).hexdigest()


def _facts(blob: BlobProperties) -> LetterFacts:
    """Read the metadata. A blob that somebody else has put there counts as a letter without a known reason."""
    said: dict[str, str] = blob.metadata or {}
    created: datetime = blob.last_modified
    return LetterFacts(
        id=str(blob.name).removesuffix(".json"),
        reason=said.get("reason", "unknown"),
        record=said.get("record") or None,
        attempt=_number(said.get("attempt")),
        number=_number(said.get("number")),
        first_seen=_time(said.get("first_seen"), created),
        last_seen=_time(said.get("last_seen"), created),
        size=int(blob.size or 0),
        etag=str(blob.etag),
    )


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isdigit() else 0


def _time(text: str | None, otherwise: datetime) -> datetime:
    try:
        return otherwise if text is None else datetime.fromisoformat(text)
    except ValueError:
        return otherwise
