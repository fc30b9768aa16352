"""The door: checks who sent a request, puts its content on a queue, and answers. It doesn't interpret events.

A 2xx answer is sent only once storage has acknowledged the message, so nothing answered with 2xx is lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

from activities import telemetry
from activities.webhooks import content
from activities.webhooks.request import Answer, Refusal, Request
from activities.webhooks.senders import Sender, Senders
from activities.webhooks.statements import XAPI, read_statements, stored, version_header

# Seconds for one request. Senders give up after five.
_SECONDS = 3.8
_WAIT = {"Retry-After": "10"}
_DELIVERY_ID = "webhook-id"
_UNKNOWN = Answer(HTTPStatus.UNAUTHORIZED, {"error": "unauthorized"})
_TOO_LARGE = Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "too_large"})
_UNAVAILABLE = Answer(HTTPStatus.SERVICE_UNAVAILABLE, {"error": "unavailable"}, _WAIT)


class Door:
    """Receives the senders' requests.

    Args:
        senders: who may send.
        take: puts a message's text on a queue, and returns once storage has it.
    """

    def __init__(self, senders: Senders, take: Callable[[str], Awaitable[None]]) -> None:
        self._senders = senders.open
        self._take = take
        for name, fault in senders.faults:
            telemetry.closed(name, fault)

    async def receive(self, request: Request) -> Answer:
        """Answer a request, whatever is in it. This never raises an exception."""
        sender = self._senders.get(request.name)
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await self._answer(request, sender)
        except Exception as error:  # noqa: BLE001  a storage fault or a bug: the sender should try again
            telemetry.not_taken(error)
            answer = _UNAVAILABLE
        telemetry.answered("unknown" if sender is None else sender.name, answer.status)
        return answer

    async def _answer(self, request: Request, sender: Sender | None) -> Answer:
        if len(request.body) > content.LARGEST:
            return _TOO_LARGE
        if sender is None or (request.route == "statements" and sender.format != XAPI):
            return _UNKNOWN
        proven = await _proven(sender, request)
        if proven is None:
            return _UNKNOWN
        headers = version_header(request.headers) if sender.format == XAPI else {}
        try:
            answer = await self._accept(request, sender, proven)
        except Refusal as refusal:
            answer = Answer(refusal.status, {"error": refusal.code})
        return replace(answer, headers=headers)

    async def _accept(self, request: Request, sender: Sender, proven: bytes) -> Answer:
        """Put the content that the sender sent on a queue.

        Raises:
            Refusal: it can't be accepted.
        """
        held = content.inflated(proven, request.headers.get("content-encoding", ""))
        received, own_id = datetime.now(UTC), request.headers.get(_DELIVERY_ID)
        if sender.format != XAPI:
            await self._take(content.queue_message(sender.name, own_id, held, content.read(held), received))
            return Answer(HTTPStatus.OK)
        statements = read_statements(request, held)
        if statements.value:
            text = content.queue_message(sender.name, statements.own_id, held, statements.value, received)
            await self._take(text)
        return stored(request, statements)


async def _proven(sender: Sender, request: Request) -> bytes | None:
    """Return the content that the sender provably sent, or None. A request that makes the check fail proves nothing."""
    try:
        return await sender.check.proven(request.headers, request.body)
    except ValueError:
        # A header may have half a surrogate pair, for a byte that isn't UTF-8.
        return None
