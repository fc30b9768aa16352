"""The messages on the queues, on the test's clock.

What a worker puts on a real queue is noted once storage has acknowledged it. A message becomes visible by the test's
clock, and stays until a worker has finished it, however often it's delivered.
"""

import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from azure.storage.blob.aio import ContainerClient

from activities.domain.record import row_key
from activities.storage.envelope import Envelope
from tests.faults.exchange import Exchange
from tests.traces.stories import ENROLMENT

_TEXT = re.compile(rb"<MessageText>(.*)</MessageText>", re.DOTALL)


@dataclass(eq=False)
class Queued:
    """A message. `due` is when it becomes visible."""

    text: bytes
    due: float
    is_retry: bool = False


class Post:
    """The live messages and the dead letters."""

    def __init__(self, clock: Callable[[], float], *, events: str, retries: str, dead_letters: ContainerClient) -> None:
        self.live: list[Queued] = []
        self.dead_letters: dict[str, Envelope] = {}
        self._clock = clock
        self._is_retry = {f"queue:put:{events}": False, f"queue:put:{retries}": True}
        self._container = dead_letters

    def publish(self, text: bytes) -> Queued:
        """Put a message on the inbound queue."""
        message = Queued(text, self._clock())
        self.live.append(message)
        return message

    def control(self, action: str, enrolment: str = ENROLMENT, **more: str) -> Queued:
        """Put a control message on the retry queue, as an operator does."""
        document = {"envelope": "lms-activity-sync/1", "control": action, "record": row_key(enrolment), **more}
        message = Queued(json.dumps(document).encode(), self._clock(), is_retry=True)
        self.live.append(message)
        return message

    def note(self, exchange: Exchange) -> None:
        """Note a new message, or a dead letter written or deleted, if storage has acknowledged it."""
        if exchange.kind in self._is_retry and exchange.upstream_status == HTTPStatus.CREATED:
            found = _TEXT.search(exchange.body)
            assert found
            text = html.unescape(found[1].decode()).encode()
            [seconds] = parse_qs(urlsplit(exchange.target).query).get("visibilitytimeout", ["0"])
            self.live.append(Queued(text, self._clock() + int(seconds), is_retry=self._is_retry[exchange.kind]))
        _, container, name = urlsplit(exchange.target).path.rsplit("/", 2)
        if container == self._container.container_name:
            if exchange.kind == "blob:put" and exchange.upstream_status == HTTPStatus.CREATED:
                self.dead_letters[name] = Envelope.model_validate_json(exchange.body)
            if exchange.kind == "blob:delete" and exchange.upstream_status == HTTPStatus.ACCEPTED:
                del self.dead_letters[name]

    def delete(self, message: Queued) -> None:
        """Delete a finished message. Two deliveries of a message may both finish it."""
        if message in self.live:
            self.live.remove(message)

    def next(self) -> Queued | None:
        """Return the message that becomes visible first."""
        return min(self.live, key=lambda message: message.due, default=None)

    def retry(self) -> Queued:
        """Return the only retry among the live messages."""
        [message] = [message for message in self.live if message.is_retry]
        return message

    async def redrive(self) -> None:
        """Put the messages of all dead letters back, as an operator does."""
        for name, letter in list(self.dead_letters.items()):
            text = letter.model_copy(update={"number": None, "redriven": True}).text().encode()
            self.live.append(Queued(text, self._clock(), is_retry=True))
            await self._container.delete_blob(name)
            del self.dead_letters[name]
