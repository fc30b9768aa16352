"""Queue messages that nobody can read.

Storage accepts plain text with characters that XML can't represent (U+FFFE, U+FFFF, most control characters). But it
returns messages as XML, with these characters in it, so every XML parser refuses the whole response.
"""

from typing import Protocol
from xml.etree import ElementTree as ET

UNREADABLE = "one of the first messages has a character that XML cannot hold"


class UnreadableMessage(Exception):
    """A message has a character that XML can't represent."""


class _HttpResponse(Protocol):
    def body(self) -> bytes: ...


class Response(Protocol):
    """A response as the storage SDK passes it to its hooks."""

    http_response: _HttpResponse


def is_well_formed(xml: bytes) -> bool:
    """Whether an XML parser would accept this."""
    try:
        ET.fromstring(xml)  # noqa: S314  a response from our own storage account, which its SDK parses in the same way
    except ET.ParseError:
        return False
    return True


def refuse_unreadable(response: Response) -> None:
    """Check a response before the SDK reads it (a `raw_response_hook`).

    The SDK's own exception would quote the whole response, and so would spans and the host's log.

    Raises:
        UnreadableMessage: a message can't be read. The exception has no cause, and quotes nothing.
    """
    body = response.http_response.body()
    if body and not is_well_formed(body):
        raise UnreadableMessage(UNREADABLE)
