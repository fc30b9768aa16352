"""Senders' requests, and a queue that's a list, or fails as it's told."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Literal

from activities.webhooks.request import Request
from tests.activities.webhooks.proofs import PROOFS

STATEMENT = {"actor": {"mbox": "mailto:a@b.c"}, "verb": {"id": "v"}, "object": {"id": "o"}}
BODY = b'{"event": "x"}'


class Queue:
    """Keeps what's put on it. With an error, it takes nothing. With a delay, it takes a message only after that."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.error: Exception | None = None
        self.delay = 0.0

    async def take(self, text: str) -> None:
        """Take a message."""
        await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        self.texts.append(text)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return the messages."""
        return [json.loads(text) for text in self.texts]


def request(  # noqa: PLR0913  a request has this many parts
    name: str,
    body: bytes = BODY,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    route: Literal["webhook", "statements"] = "webhook",
    query: Mapping[str, str] | None = None,
    **more: str,
) -> Request:
    """Return a sender's request, with its proof unless other headers are given."""
    proof = PROOFS[name](body) if headers is None else headers
    sent = {key.lower(): value for key, value in proof.items()} | {key.replace("_", "-"): v for key, v in more.items()}
    return Request(name, route, method, sent, query or {}, body)


def xapi(value: object, **more: Any) -> Request:  # noqa: ANN401  the keywords of `request`
    """Return a request with statements."""
    return request("moodle", json.dumps(value).encode(), **({"route": "statements"} | more))
