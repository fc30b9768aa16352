"""Messages that nobody can read.

Azurite takes a message with a character that XML cannot hold, and then answers with status 500. The service answers
with a reference to the character, which no reader of XML accepts. A proxy that changes Azurite's answers shows what
comes of that.
"""

import math
import re
from dataclasses import dataclass

from tests.faults.exchange import Exchange
from tests.faults.proxied import Proxied

SECRET = "adele.vance@contoso.com"
# Azurite hands this text out with an escaped ampersand, the proxy without.
UNREADABLE = f'{{"learner": "{SECRET}", "notes": "&#xFFFE;"}}'
_ESCAPED = re.compile(rb"&amp;(#x[0-9A-F]+;)")


@dataclass(frozen=True)
class AsTheService:
    """Hands out a reference to a character as the service does."""

    async def act(self, exchange: Exchange) -> bytes | None:
        """Return the changed response, or None if nothing has to be changed."""
        if exchange.response is None or not _ESCAPED.search(exchange.response):
            return None
        body = _ESCAPED.sub(rb"&\1", _without_chunks(exchange.response))
        head = f"HTTP/1.1 {exchange.status} OK\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


def answer_as_the_service(proxied: Proxied) -> None:
    """Let the queues behind these proxies answer as the service does."""
    for kind in ("queue:get:*", "queue:peek:*"):
        proxied["queue"].rule(kind, action=AsTheService(), point="after", times=math.inf)


def _without_chunks(body: bytes) -> bytes:
    """Return the content of a body that came in chunks."""
    content = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return content
        content, body = content + body[:length], body[length + len(b"\r\n") :]
