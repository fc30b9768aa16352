"""The messages under way, as they lie on the queues, on the tests' clock.

What workers put on the real queues is noted as the service acknowledges it. A message shows itself when the tests'
clock says so, and stays until a worker has concluded it, however often it is delivered.
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
    """A message; `due` is when it shows itself."""

    text: bytes
    due: float
    is_retry: bool = False


class Post:
    """Live messages and dead letters."""

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
        """Note a message that a worker put on a queue, once the service has acknowledged it."""
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
        """Delete a message that has been concluded; two deliveries of it may conclude."""
        if message in self.live:
            self.live.remove(message)

    def next(self) -> Queued | None:
        """The message that shows itself first."""
        return min(self.live, key=lambda message: message.due, default=None)

    def retry(self) -> Queued:
        """The one retry message that is under way."""
        [message] = [message for message in self.live if message.is_retry]
        return message

    def redrive(self) -> None:
        """Put the originals of all dead letters back on the inbound queue."""
        while self.dead_letters:
            self.publish(self.dead_letters.pop().body() or b"")
