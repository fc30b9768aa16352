"""Messages that nobody can read.

Azurite takes a message with a character that XML can't represent, and then answers with status 500. The real service
answers with a reference to the character, which no XML reader accepts. A proxy that changes Azurite's responses shows
what comes of that.
"""

import math
import re
from dataclasses import dataclass

from tests.faults.exchange import Exchange
from tests.faults.proxied import Proxied

SECRET = "adele.vance@contoso.com"
# Azurite returns this text with an escaped ampersand, and the proxy without.
UNREADABLE = f'{{"learner": "{SECRET}", "notes": "&#xFFFE;"}}'
_ESCAPED = re.compile(rb"&amp;(#x[0-9A-F]+;)")


@dataclass(frozen=True)
class AsTheService:
    """Returns a reference to a character, as the service does."""

    async def act(self, exchange: Exchange) -> bytes | None:
        """Return the changed response, or None if nothing has to be changed."""
        if exchange.response is None or not _ESCAPED.search(exchange.response):
            return None
        body = _ESCAPED.sub(rb"&\1", _without_chunks(exchange.response))
        head = f"HTTP/1.1 {exchange.status} OK\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


def answer_as_the_service(proxied: Proxied) -> None:
    """Let the queues behind these proxies respond as the service does."""
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
