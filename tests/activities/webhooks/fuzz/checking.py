"""Sends made-up requests to the door, and checks what must hold for each."""

import gzip
import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from activities.intake.formats import Formats, load_formats
from activities.intake.parse import Understood, parse
from activities.webhooks.door import Door
from activities.webhooks.senders import formats_of_senders, read_senders
from tests.activities.webhooks.fuzz.requests import MARKER, Made, make
from tests.activities.webhooks.proofs import SECRETS, WEBHOOKS

_REFUSED = {401, 413}
_ANSWERS = {200, 204, 400, 401, 413, 415}
_TAKEN = {200, 204}


@dataclass
class Found:
    """The responses by status, how many were proven and put on the queue, and what was wrong."""

    answers: Counter[int] = field(default_factory=Counter)
    proven: int = 0
    queued: int = 0
    wrong: list[str] = field(default_factory=list)


class _Lines(logging.Handler):
    """Keeps everything that the app writes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.getMessage()} {vars(record)}")


async def check(seed: int, count: int) -> Found:
    """Send this many requests, made up from this seed."""
    random, found, lines, queue = Random(seed), Found(), _Lines(), list[str]()  # noqa: S311  not for a secret
    text = json.dumps(WEBHOOKS)
    formats = load_formats(senders=formats_of_senders(text))

    async def take(message: str) -> None:
        queue.append(message)

    logger = logging.getLogger("activities")
    logger.addHandler(lines)
    try:
        door = Door(read_senders(text, SECRETS, {entry["format"] for entry in WEBHOOKS.values()}), take)
        for number in range(count):
            made = make(random)
            answer = await door.receive(made.request)
            status = int(answer.status)
            found.answers[status] += 1
            found.proven += made.proven
            found.queued += len(queue)
            said = [*_wrong(made, status, queue), *_wrong_on_the_queue(made, queue, formats)]
            found.wrong += [f"seed {seed}, request {number}: {one}" for one in said]
            queue.clear()
    finally:
        logger.removeHandler(lines)
    shown = [SECRETS[name].get_secret_value() for name in SECRETS] + [MARKER]
    found.wrong += [f"seed {seed}: a line shows {one}" for one in shown if any(one in line for line in lines.texts)]
    return found


def _wrong(made: Made, status: int, queue: list[str]) -> list[str]:
    wrong = []
    if status not in _ANSWERS:
        wrong.append(f"answered {status}")
    if not made.proven and (status not in _REFUSED or queue):
        wrong.append(f"taken without a proof: {status}, {len(queue)} messages")
    if queue and status not in _TAKEN:
        wrong.append(f"put on the queue and answered {status}")
    if len(queue) > 1:
        wrong.append("put on the queue twice")
    if status in _TAKEN and not queue and json.loads(_content(made)) != []:
        wrong.append("answered as taken, but it was not")
    return wrong


def _content(made: Made) -> bytes:
    """Return what a body with nothing in it contains."""
    body = made.request.body
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def _wrong_on_the_queue(made: Made, queue: list[str], formats: Formats) -> list[str]:
    wrong = []
    for message in queue:
        event = json.loads(message)
        if not message.isascii() or event["source"] != made.request.name or event["type"] != "lms.webhook":
            wrong.append("not an event of its sender")
        parsed = parse(message.encode(), formats)
        if isinstance(parsed, Understood) and parsed.source != f"webhook/{made.request.name}":
            wrong.append("an event of another source")
    return wrong
