"""Dead letters. Each is a blob with the original message inside.

The blob's metadata repeats what a listing shows (reason, detail, record, times, attempt), so that listing doesn't read
any blob. The id of a record's letter is the record's row key. That letter stands for everything that has been merged
into the record, and each new one replaces the one before.
"""

import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from azure.core import MatchConditions
from azure.core.exceptions import ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobProperties, ContentSettings
from azure.storage.blob.aio import ContainerClient

from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter
from activities.domain.record import row_key
from activities.storage.envelope import Envelope, enclose, read
from activities.storage.faults import concerning_all
from activities.storage.letter_metadata import metadata_of, number_in, time_in

UNKNOWN = "unknown"
_JSON = ContentSettings(content_type="application/json")
_PAGE = 5000
_PLACE = "dead-letters"
_ID = re.compile("[0-9a-f]{64}")
_SUFFIX = ".json"
_REASON = re.compile("[a-z_]{1,64}")


class NotALetter(Exception):
    """The blob isn't a dead letter that this app wrote."""


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a listing says about a blob in the container.

    If the app didn't write the blob, its id is the blob's name, its reason is `unknown` and its version is 0.

    Attributes:
        record: the row key of the enrolment, if the letter is about one.
        size: the size of the blob, in bytes.
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


@dataclass(frozen=True, slots=True)
class Lying:
    """The letters in the container, by reason.

    Attributes:
        reasons: how many there are.
        since: when the oldest was written, in seconds since 1970.
    """

    reasons: Counter[str]
    since: dict[str, float]


class Letters:
    """Writes, lists and deletes dead letters. Storage errors are raised.

    The methods that the app uses raise those that concern every event as a `StorageFault`.
    """

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    async def write(
        self, message: Message, letter: DeadLetter, enrollment_id: str | None = None, number: int | None = None
    ) -> None:
        """Write a dead letter. It replaces a letter with the same id.

        Args:
            message: the message that couldn't be carried out.
            letter: why it couldn't be carried out.
            enrollment_id: the enrolment that the message is about, if it's known.
            number: the letter number in its record, or None if the message isn't merged into a record.
        """
        record = None if enrollment_id is None else row_key(enrollment_id)
        letter_id = record if record is not None and number is not None else _hash(record, message.body)
        if message.body_deleted:
            # An earlier letter, written before the body was deleted, still has the text.
            former = await self._find(letter_id)
            message = replace(message, body=b"" if former is None else former[0].body() or b"")
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
        await self._put(envelope, record)

    async def keep(self, record: str) -> None:
        """Detach the letter of the record with this row key, so that the record no longer replaces or sweeps it.

        A crash in the middle leaves two letters. Calling this again leaves one.

        Raises:
            NewerVersion: newer code wrote the letter.
        """
        found = await self._find(record)
        if found is None:
            return
        letter, etag = found
        own = {"id": _hash(record, letter.body() or b""), "number": None}
        await self._put(letter.model_copy(update=own), record)
        with concerning_all(_PLACE):
            await self.delete(record, etag)

    async def sweep(self, record: str, number: int) -> None:
        """Delete the letter of a record that has healed, unless the letter's number is higher than `number`."""
        blob = self._container.get_blob_client(_name(record))
        try:
            with concerning_all(_PLACE):
                found = await blob.get_blob_properties()
                if number_in(found.metadata.get("number")) <= number:
                    await blob.delete_blob(etag=found.etag, match_condition=MatchConditions.IfNotModified)
        except (ResourceNotFoundError, ResourceModifiedError):
            return

    async def list(self, beginning: str = "") -> AsyncIterator[LetterFacts]:
        """Yield the letters whose id starts with `beginning`. One request lists 5,000, without reading any."""
        found = self._container.list_blobs(beginning or None, include=["metadata"], results_per_page=_PAGE)
        async for page in found.by_page():
            async for blob in page:
                yield _facts(blob)

    async def count(self) -> Counter[str]:
        """Return how many letters there are, by reason."""
        return (await self.lying()).reasons

    async def lying(self) -> Lying:
        """Return how many letters there are and when the oldest was written, by reason."""
        found = Lying(Counter(), {})
        async for letter in self.list():
            found.reasons[letter.reason] += 1
            written = letter.last_seen.timestamp()
            found.since[letter.reason] = min(written, found.since.get(letter.reason, written))
        return found

    async def text(self, letter_id: str, etag: str | None = None) -> bytes | None:
        """Return the content of a letter's blob, or None if it doesn't exist or no longer has this ETag."""
        try:
            text: bytes = await (await self._container.download_blob(_name(letter_id), **_unchanged(etag))).readall()
        except (ResourceNotFoundError, ResourceModifiedError):
            return None
        return text

    async def read(self, letter_id: str) -> Envelope | None:
        """Return a letter, or None if there is none with this id.

        Raises:
            NotALetter: the app didn't write what's there.
            NewerVersion: newer code wrote it.
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

    async def _find(self, letter_id: str) -> tuple[Envelope, str] | None:
        """Return a letter and its ETag, or None if there is no letter with this id that this app wrote."""
        try:
            with concerning_all(_PLACE):
                blob = await self._container.download_blob(_name(letter_id))
                return opened(await blob.readall()), blob.properties.etag
        except (ResourceNotFoundError, NotALetter):
            return None

    async def _put(self, letter: Envelope, record: str | None) -> None:
        with concerning_all(_PLACE):
            await self._container.upload_blob(
                _name(letter.id),
                letter.text(),
                overwrite=True,
                metadata=metadata_of(letter, record),
                content_settings=_JSON,
                # A request believed lost could still write the letter, even after its record has healed. So the
                # invocation must let its lease run out, and for that it has to know that there was no response.
                retry_total=0,
            )


def opened(text: bytes) -> Envelope:
    """Return the letter in a blob's content.

    Raises:
        NotALetter: the app didn't write it.
        NewerVersion: newer code wrote it.
    """
    envelope = read(text)
    if not isinstance(envelope, Envelope) or envelope.body() is None:
        raise NotALetter
    return envelope


def _name(letter_id: str) -> str:
    return letter_id + _SUFFIX if _ID.fullmatch(letter_id) else letter_id


def _id(name: str) -> str:
    letter_id = name.removesuffix(_SUFFIX)
    return letter_id if _ID.fullmatch(letter_id) else name


def _unchanged(etag: str | None) -> dict[str, Any]:
    """Return the condition that a blob still has this ETag, or no condition if there is no ETag."""
    # ETags in a listing have no quotes.
    condition = {"match_condition": MatchConditions.IfNotModified}
    return {} if etag is None else {"etag": f'"{etag.strip('"')}"', **condition}


def _hash(record: str | None, body: bytes) -> str:
    return hashlib.sha256((record or "").encode() + b"\n" + body).hexdigest()


def _facts(blob: BlobProperties) -> LetterFacts:
    """Read the metadata of a blob, whoever put it there."""
    said = {name: text for name, text in (blob.metadata or {}).items() if text}
    modified: datetime = blob.last_modified
    ours = _REASON.fullmatch(said.get("reason", "")) is not None
    return LetterFacts(
        id=_id(str(blob.name)),
        version=number_in(said.get("version")),
        reason=said["reason"] if ours else UNKNOWN,
        detail=unquote(said.get("detail", "")),
        record=said.get("record"),
        attempt=number_in(said.get("attempt")),
        number=number_in(said.get("number")),
        first_seen=time_in(said.get("first_seen"), modified),
        last_seen=time_in(said.get("last_seen"), modified),
        size=int(blob.size or 0),
        etag=str(blob.etag),
    )
