"""Messages as storage hands them out, which need not be XML that a reader accepts.

The SDK sends the requests. Its reading of the answers is left out, because it refuses a whole page for one message.
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

# The most that storage shows or hands out at once.
PAGE = 32
# For so long a received message is hidden from others. After a crash it comes back then.
HIDDEN_SECONDS = 60
# The text of a message has `&lt;` for each `<`, so it cannot hold these marks.
_MESSAGE = re.compile(rb"<QueueMessage>.*?</QueueMessage>", re.DOTALL)

_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_REFERENCE = re.compile(rf"&(?:({'|'.join(_NAMED)})|#([0-9]+)|#x([0-9A-Fa-f]+));")


class NoMessages(Exception):
    """Storage answered with something that is no list of messages."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message, and its own part of an answer.

    Attributes:
        xml: the bytes that storage handed out.
        pop_receipt: empty if the message was only looked at.
        readable: whether a reader of XML accepts `xml`.
    """

    xml: bytes
    id: str
    pop_receipt: str
    inserted: datetime | None
    dequeue_count: int
    readable: bool

    @property
    def text(self) -> str:
        """What was sent, as far as it is text. It may hold learner data."""
        return _value(self.xml, b"MessageText")

    @classmethod
    def of(cls, xml: bytes) -> "RawMessage":
        """Read what stands around the text of a message."""
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
    """A queue whose messages are not parsed. Errors of storage are raised."""

    def __init__(self, queue: QueueClient) -> None:
        self._queue = queue

    @property
    def name(self) -> str:
        """The queue's name."""
        return str(self._queue.queue_name)

    async def count(self) -> int:
        """Return about how many messages there are, hidden ones included."""
        return (await self._queue.get_queue_properties()).approximate_message_count or 0

    async def look(self) -> list[RawMessage]:
        """Return the first visible messages. This changes nothing."""
        return messages_in(await _raw(self._queue.peek_messages(max_messages=PAGE, raw_response_hook=_take)))

    async def receive(self, most: int) -> list[RawMessage]:
        """Return so many visible messages, and hide them for a minute. Their dequeue counts go up by one."""
        pages = self._queue.receive_messages(
            messages_per_page=most, visibility_timeout=HIDDEN_SECONDS, raw_response_hook=_take
        ).by_page()
        return messages_in(await _raw(anext(pages)))

    async def each_once(self) -> AsyncIterator[list[RawMessage]]:
        """Receive every visible message once, and yield them page by page.

        Whoever takes a page puts its messages back, or deletes them, before asking for the next.
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
            # What was put back is at the end of the queue now, so asking for no more than is left does not meet it
            # again.
            wanted = min(PAGE, max(0, total - len(seen))) if new else 0

    async def put_back(self, message: RawMessage) -> None:
        """Make a received message visible again at once."""
        await self._queue.update_message(message.id, message.pop_receipt, visibility_timeout=0)

    async def delete(self, message: RawMessage) -> None:
        """Delete a received message."""
        await self._queue.delete_message(message.id, message.pop_receipt)


def messages_in(answer: bytes) -> list[RawMessage]:
    """Return the messages in an answer of storage.

    Raises:
        NoMessages: it is not such an answer.
    """
    found = [RawMessage.of(xml) for xml in _MESSAGE.findall(answer)]
    if not found and b"<QueueMessagesList" not in answer:
        raise NoMessages
    return found


def _value(xml: bytes, name: bytes) -> str:
    found = re.search(rb"<%b>([^<]*)</%b>" % (name, name), xml)
    return _REFERENCE.sub(_character, found[1].decode("utf-8", "replace")) if found else ""


def _character(reference: re.Match[str]) -> str:
    """Return what a reference stands for, also if XML cannot hold it."""
    name, decimal, hexadecimal = reference.groups()
    code = int(decimal) if decimal else int(hexadecimal or "0", 16)
    return _NAMED[name] if name else chr(code) if code <= sys.maxunicode else reference[0]


class _Answer(Exception):
    """Carries the body of an answer past the SDK's reading of it."""

    def __init__(self, body: bytes) -> None:
        super().__init__("an answer")
        self.body = body


class _HttpResponse(Protocol):
    status_code: int

    def body(self) -> bytes: ...


class _Response(Protocol):
    http_response: _HttpResponse


def _take(response: _Response) -> None:
    """End a successful request with its body. An error is left to the SDK."""
    if response.http_response.status_code == HTTPStatus.OK:
        raise _Answer(response.http_response.body())


async def _raw(request: Awaitable[object]) -> bytes:
    try:
        await request
    except _Answer as answer:
        return answer.body
    raise NoMessages
