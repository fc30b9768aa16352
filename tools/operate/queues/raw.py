"""Reads queue messages as storage sends them, even if they aren't valid XML.

The SDK sends the requests, but doesn't parse the responses: one invalid message would make it refuse the whole page.
"""

import re
import sys
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Protocol

from azure.storage.queue.aio import QueueClient

from activities.storage.readable import is_well_formed

# The most messages that storage shows or hands out at once.
PAGE = 32
# How long a received message is hidden from others. After a crash, it's visible again then.
HIDDEN_SECONDS = 60
# In a message's text, each `<` is `&lt;`, so the text can't contain these tags.
_MESSAGE = re.compile(rb"<QueueMessage>.*?</QueueMessage>", re.DOTALL)

_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_REFERENCE = re.compile(rf"&(?:({'|'.join(_NAMED)})|#([0-9]+)|#x([0-9A-Fa-f]+));")


class NoMessages(Exception):
    """Storage answered with something that isn't a list of messages."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message, and its part of a response.

    Attributes:
        xml: the bytes that storage sent.
        pop_receipt: empty if the message was only peeked at.
        readable: whether `xml` is well-formed.
    """

    xml: bytes
    id: str
    pop_receipt: str
    inserted: datetime | None
    dequeue_count: int
    readable: bool

    @property
    def text(self) -> str:
        """The message's text. Bytes that aren't UTF-8 are replaced. It may hold learner data."""
        return _value(self.xml, b"MessageText")

    @classmethod
    def of(cls, xml: bytes) -> "RawMessage":
        """Read a message from its XML. Its text isn't parsed."""
        inserted, count = _value(xml, b"InsertionTime"), _value(xml, b"DequeueCount")
        return cls(
            xml=xml,
            id=_value(xml, b"MessageId"),
            pop_receipt=_value(xml, b"PopReceipt"),
            inserted=parsedate_to_datetime(inserted) if inserted else None,
            dequeue_count=int(count) if count.isdigit() else 0,
            readable=is_well_formed(xml),
        )


class RawQueue:
    """A queue whose messages aren't parsed. Storage errors are raised."""

    def __init__(self, queue: QueueClient) -> None:
        self._queue = queue

    @property
    def name(self) -> str:
        """The queue's name."""
        return str(self._queue.queue_name)

    async def count(self) -> int:
        """Return the approximate number of messages, hidden ones included."""
        return (await self._queue.get_queue_properties()).approximate_message_count or 0

    async def look(self) -> list[RawMessage]:
        """Return the first visible messages, without changing anything."""
        return messages_in(await _raw(self._queue.peek_messages(max_messages=PAGE, raw_response_hook=_take)))

    async def receive(self, most: int) -> list[RawMessage]:
        """Return up to `most` visible messages, and hide them for a minute. Their dequeue counts go up by one."""
        pages = self._queue.receive_messages(
            messages_per_page=most, visibility_timeout=HIDDEN_SECONDS, raw_response_hook=_take
        ).by_page()
        return messages_in(await _raw(anext(pages)))

    async def each_once(self) -> AsyncIterator[list[RawMessage]]:
        """Receive every visible message once, and yield them page by page.

        The caller has to put back or delete a page's messages before it asks for the next page.
        """
        seen = set[str]()
        total, wanted = await self.count(), PAGE
        while wanted:
            page = await self.receive(wanted)
            for again in (message for message in page if message.id in seen):
                await self.put_back(again)
            new = [message for message in page if message.id not in seen]
            yield new
            seen |= {message.id for message in new}
            # Messages that were put back are now at the end of the queue. Asking only for what's left avoids
            # receiving them again.
            wanted = min(PAGE, max(0, total - len(seen))) if new else 0

    async def put_back(self, message: RawMessage) -> None:
        """Make a received message visible again at once."""
        await self._queue.update_message(message.id, message.pop_receipt, visibility_timeout=0)

    async def delete(self, message: RawMessage) -> None:
        """Delete a received message."""
        await self._queue.delete_message(message.id, message.pop_receipt)


def messages_in(answer: bytes) -> list[RawMessage]:
    """Return the messages in a response of storage.

    Raises:
        NoMessages: the response isn't a list of messages.
    """
    found = [RawMessage.of(xml) for xml in _MESSAGE.findall(answer)]
    if not found and b"<QueueMessagesList" not in answer:
        raise NoMessages
    return found


def _value(xml: bytes, name: bytes) -> str:
    found = re.search(rb"<%b>([^<]*)</%b>" % (name, name), xml)
    return _REFERENCE.sub(_character, found[1].decode("utf-8", "replace")) if found else ""


def _character(reference: re.Match[str]) -> str:
    """Return the character that a reference stands for, even if XML doesn't allow it."""
    name, decimal, hexadecimal = reference.groups()
    code = int(decimal) if decimal else int(hexadecimal or "0", 16)
    return _NAMED[name] if name else chr(code) if code <= sys.maxunicode else reference[0]


class _Answer(Exception):
    """Carries the body of a response past the SDK's parser."""

    def __init__(self, body: bytes) -> None:
        super().__init__("an answer")
        self.body = body


class _HttpResponse(Protocol):
    status_code: int

    def body(self) -> bytes: ...


class _Response(Protocol):
    http_response: _HttpResponse


def _take(response: _Response) -> None:
    """Interrupt a successful request with the response's body. Errors are left to the SDK."""
    if response.http_response.status_code == HTTPStatus.OK:
        raise _Answer(response.http_response.body())


async def _raw(request: Awaitable[object]) -> bytes:
    try:
        await request
    except _Answer as answer:
        return answer.body
    raise NoMessages
