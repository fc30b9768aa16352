"""Waits until queues are empty, and reads what is left in them."""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from azure.storage.queue.aio import QueueClient

POLL_SECONDS = 0.1
HIDDEN_SECONDS = 60


class Stalled(TimeoutError):
    """Messages are left, and nothing has changed for longer than the test allows."""


async def drain(
    queues: Sequence[QueueClient],
    *,
    stalled_after: float,
    poll: float = POLL_SECONDS,
    activity: Callable[[], object] | None = None,
) -> None:
    """Wait until all queues are empty. Hidden messages count too.

    Name the queues in the order in which messages pass through them. A message that moves on while they are being
    counted is then counted at least once. Progress is any change of the counts, or of what `activity` returns (such as
    the length of a proxy's log).

    Raises:
        Stalled: there was no progress for `stalled_after` seconds.
    """
    clock = asyncio.get_running_loop().time
    last, changed = None, clock()
    while counts := await depths(queues):
        state = counts, activity and activity()
        if state != last:
            last, changed = state, clock()
        if clock() - changed > stalled_after:
            raise Stalled(f"nothing has changed for {stalled_after} s; left: {counts}")
        await asyncio.sleep(poll)


async def depths(queues: Iterable[QueueClient]) -> dict[str, int]:
    """Count the messages of each queue that isn't empty, hidden ones included. Azurite counts exactly."""
    counts = {}
    for queue in queues:
        counts[queue.queue_name] = (await queue.get_queue_properties()).approximate_message_count or 0
    return {name: count for name, count in counts.items() if count}


async def texts(queue: QueueClient) -> list[str]:
    """Read all visible messages, and leave them in the queue."""
    messages = [
        message async for message in queue.receive_messages(messages_per_page=32, visibility_timeout=HIDDEN_SECONDS)
    ]
    for message in messages:
        await queue.update_message(message, visibility_timeout=0)
    return [message.content for message in messages]


def enrolments_in(messages: Iterable[str]) -> set[str]:
    """Return the enrollments that messages name, in events or in the envelopes around them."""
    return {found for message in messages for found in _enrolments(message)}


def _enrolments(value: object) -> Iterator[str]:
    match value:
        case str():
            yield from _enrolments(_parsed(value))
        case list():
            for item in value:
                yield from _enrolments(item)
        case dict():
            if isinstance(value.get("enrollmentId"), str):
                yield value["enrollmentId"]
            for item in value.values():
                yield from _enrolments(item)


def _parsed(text: str) -> object:
    """Return the JSON object or list in a text, which may be base64. Return None if there is none."""
    if not text.lstrip().startswith(("{", "[")):
        try:
            text = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return None
    return value if isinstance(value, dict | list) else None
