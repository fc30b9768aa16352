"""The messages that are on the queues, on the clock of the test.

What a worker puts on a real queue is noted when storage has acknowledged it. A message becomes visible by the clock of
the test, and stays until a worker has finished it, however often it is delivered.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from activities.storage.envelope import Envelope
from tests.faults.exchange import Exchange

_TEXT = re.compile(rb"<MessageText>(.*)</MessageText>", re.DOTALL)
_CREATED = 201


@dataclass(eq=False)
class Queued:
    """A message. `due` is when it becomes visible."""

    text: bytes
    due: float
    is_retry: bool = False


class Post:
    """The live messages and the dead letters."""

    def __init__(self, clock: Callable[[], float], *, retries: str, dead_letters: str) -> None:
        self.live: list[Queued] = []
        self.dead_letters: list[Envelope] = []
        self._clock = clock
        self._retries = f"queue:put:{retries}"
        self._dead_letters = f"queue:put:{dead_letters}"

    def publish(self, text: bytes) -> Queued:
        """Put a message on the inbound queue."""
        message = Queued(text, self._clock())
        self.live.append(message)
        return message

    def note(self, exchange: Exchange) -> None:
        """Note a message that a worker put on a queue, if storage has acknowledged it."""
        if exchange.upstream_status != _CREATED:
            return
        found = _TEXT.search(exchange.body)
        assert found
        text = html.unescape(found[1].decode()).encode()
        if exchange.kind == self._retries:
            seconds = int(parse_qs(urlsplit(exchange.target).query)["visibilitytimeout"][0])
            self.live.append(Queued(text, self._clock() + seconds, is_retry=True))
        if exchange.kind == self._dead_letters:
            self.dead_letters.append(Envelope.model_validate_json(text))

    def delete(self, message: Queued) -> None:
        """Delete a message that is finished. Two deliveries of a message may both finish it."""
        if message in self.live:
            self.live.remove(message)

    def next(self) -> Queued | None:
        """Return the message that becomes visible first."""
        return min(self.live, key=lambda message: message.due, default=None)

    def retry(self) -> Queued:
        """Return the only retry among the live messages."""
        [message] = [message for message in self.live if message.is_retry]
        return message

    def redrive(self) -> None:
        """Put the originals of all dead letters back on the inbound queue."""
        while self.dead_letters:
            self.publish(self.dead_letters.pop().body() or b"")
