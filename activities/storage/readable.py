"""Queue messages that nobody can read.

Storage hands messages out as XML, and takes plain texts with characters that XML cannot hold (U+FFFE, U+FFFF, most
control characters). It hands such a message out all the same, and every reader of XML refuses the whole answer.
"""

from typing import Protocol
from xml.etree import ElementTree as ET

UNREADABLE = "one of the first messages has a character that XML cannot hold"


class UnreadableMessage(Exception):
    """A message has a character that XML cannot hold."""


class _HttpResponse(Protocol):
    def body(self) -> bytes: ...


class Response(Protocol):
    """A response as the SDK of storage passes it to its hooks."""

    http_response: _HttpResponse


def is_well_formed(xml: bytes) -> bool:
    """Whether a reader of XML would accept this."""
    try:
        ET.fromstring(xml)  # noqa: S314  an answer of our own storage account, which its SDK reads in the same way
    except ET.ParseError:
        return False
    return True


def refuse_unreadable(response: Response) -> None:
    """Check an answer before the SDK reads it: a `raw_response_hook`.

    The exception of the SDK quotes the whole answer, and spans and the host's log would quote the exception.

    Raises:
        UnreadableMessage: a message cannot be read. It has no cause, and quotes nothing.
    """
    body = response.http_response.body()
    if body and not is_well_formed(body):
        raise UnreadableMessage(UNREADABLE)
