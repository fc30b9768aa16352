"""Dead letters: one blob for each, with the original message inside.

What a listing shows (reason, detail, record, times, attempt) is also metadata of the blob, so that no blob has to be
read for it. The letter of a record has the record's row key for an id: it stands for everything that is merged into the
record, and the latest one replaces the one before.
"""

import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobProperties, ContentSettings
from azure.storage.blob.aio import ContainerClient

from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter
from activities.domain.record import row_key
from activities.domain.versions import VERSION
from activities.storage.envelope import Envelope, enclose, read

UNKNOWN = "unknown"
_JSON = ContentSettings(content_type="application/json")
_PAGE = 5000
_ID = re.compile("[0-9a-f]{64}")
_SUFFIX = ".json"
_REASON = re.compile("[a-z_]{1,64}")
_NUMBER = re.compile("[0-9]{1,9}")
# Metadata travels in headers: in ASCII, and not much of it.
_DETAIL_SAFE = " /:;,()'=+"
_DETAIL_LENGTH = 256


class NotALetter(Exception):
    """The blob is not a dead letter of this app."""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a listing says about a blob in the container.

    A blob that the app has not written has its name for an id, the reason `unknown` and version 0.

    Attributes:
        record: the row key of the enrolment, if the letter is about one.
        size: of the blob, in bytes.
        etag: changes whenever the letter is replaced.
    """

    id: str
    version: int
    reason: str
    detail: str
    record: str | None
    attempt: int
    number: int
    first_seen: datetime
    last_seen: datetime
    size: int
    etag: str


class Letters:
    """Writes, lists and deletes dead letters. Storage errors are raised."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def write(
        self, message: Message, letter: DeadLetter, enrollment_id: str | None = None, number: int | None = None
    ) -> None:
        """Write a dead letter. It replaces a letter with the same id.

        Args:
            message: the message that could not be delivered.
            letter: why it could not be delivered.
            enrollment_id: the enrolment that the message is about, as far as is known.
            number: the number of the letter of its record; None if the message is not merged into a record.
        """
        record = None if enrollment_id is None else row_key(enrollment_id)
        letter_id = record if record is not None and number is not None else _hash(record, message.body)
        if message.body_deleted:
            # A letter that was written while the text was at hand still has it.
            former = await self.read(letter_id)
            message = replace(message, body=b"" if former is None else former.body() or b"")
        envelope = enclose(
            message,
            id=letter_id,
            number=number,
            reason=letter.reason,
            detail=letter.detail,
            attempt=message.attempt,
            enrollment_id=enrollment_id,
            request_id=letter.request_id,
        )
        await self._container.upload_blob(
            _name(envelope.id),
            envelope.text(),
            overwrite=True,
            metadata=_metadata(envelope, record),
            content_settings=_JSON,
        )

    async def sweep(self, record: str, number: int) -> None:
        """Delete the letter of a record that has healed, unless the letter has a higher number."""
        blob = self._container.get_blob_client(_name(record))
        try:
            found = await blob.get_blob_properties()
            if _number(found.metadata.get("number")) <= number:
                await blob.delete_blob(etag=found.etag, match_condition=MatchConditions.IfNotModified)
        except (ResourceNotFoundError, ResourceModifiedError):
            return

    async def list(self, beginning: str = "") -> AsyncIterator[LetterFacts]:
        """Iterate over the letters whose id starts with `beginning`. One request lists 5,000, and reads none."""
        found = self._container.list_blobs(beginning or None, include=["metadata"], results_per_page=_PAGE)
        async for page in found.by_page():
            async for blob in page:
                yield _facts(blob)

    async def count(self) -> Counter[str]:
        """Return how many letters there are, by reason."""
        return Counter([letter.reason async for letter in self.list()])

    async def text(self, letter_id: str, etag: str | None = None) -> bytes | None:
        """Return the content of a letter's blob, or None if it does not exist or no longer has this ETag."""
        try:
            text: bytes = await (await self._container.download_blob(_name(letter_id), **_unchanged(etag))).readall()
        except (ResourceNotFoundError, ResourceModifiedError):
            return None
        return text

    async def read(self, letter_id: str) -> Envelope | None:
        """Return a letter, or None if there is none with this id.

        Raises:
            NotALetter: the app did not write what is there.
            NewerVersion: newer code has written it.
        """
        text = await self.text(letter_id)
        return None if text is None else opened(text)

    async def delete(self, letter_id: str, etag: str) -> bool:
        """Delete a letter. Return False, and delete nothing, if it has been replaced or is gone."""
        try:
            await self._container.delete_blob(_name(letter_id), **_unchanged(etag))
        except (ResourceNotFoundError, ResourceModifiedError):
            return False
        return True


def opened(text: bytes) -> Envelope:
    """Return the letter whose blob has this content.

    Raises:
        NotALetter: the app did not write it.
        NewerVersion: newer code has written it.
    """
    envelope = read(text)
    if not isinstance(envelope, Envelope) or envelope.body() is None:
        raise NotALetter
    return envelope


def _metadata(envelope: Envelope, record: str | None) -> dict[str, str]:
    """Return what a listing shows, as headers can hold it."""
    said = {
        "version": str(VERSION),
        "reason": envelope.reason,
        "detail": quote(envelope.detail[:_DETAIL_LENGTH], safe=_DETAIL_SAFE),
        "attempt": str(envelope.attempt),
        "number": str(envelope.number or 0),
        "first_seen": envelope.first_seen.isoformat(),
        "last_seen": envelope.last_seen.isoformat(),
        "record": record or "",
    }
    return {name: text for name, text in said.items() if text}


def _name(letter_id: str) -> str:
    return letter_id + _SUFFIX if _ID.fullmatch(letter_id) else letter_id


def _id(name: str) -> str:
    letter_id = name.removesuffix(_SUFFIX)
    return letter_id if _ID.fullmatch(letter_id) else name


def _unchanged(etag: str | None) -> dict[str, Any]:
    """Return the condition that a blob has this ETag. Without an ETag there is no condition."""
    # In a listing, ETags have no quotes.
    condition = {"match_condition": MatchConditions.IfNotModified}
    return {} if etag is None else {"etag": f'"{etag.strip('"')}"', **condition}


def _hash(record: str | None, body: bytes) -> str:
    return hashlib.sha256((record or "").encode() + b"\n" + body).hexdigest()


def _facts(blob: BlobProperties) -> LetterFacts:
    """Read the metadata. Somebody else may have put the blob there, with any metadata or none."""
    said = {name: text for name, text in (blob.metadata or {}).items() if text}
    modified: datetime = blob.last_modified
    ours = _REASON.fullmatch(said.get("reason", "")) is not None
    return LetterFacts(
        id=_id(str(blob.name)),
        version=_number(said.get("version")),
        reason=said["reason"] if ours else UNKNOWN,
        detail=unquote(said.get("detail", "")),
        record=said.get("record"),
        attempt=_number(said.get("attempt")),
        number=_number(said.get("number")),
        first_seen=_time(said.get("first_seen"), modified),
        last_seen=_time(said.get("last_seen"), modified),
        size=int(blob.size or 0),
        etag=str(blob.etag),
    )


def _number(text: str | None) -> int:
    return int(text) if text is not None and _NUMBER.fullmatch(text) else 0


def _time(text: str | None, otherwise: datetime) -> datetime:
    try:
        time = otherwise if text is None else datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return otherwise
