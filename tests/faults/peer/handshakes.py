"""Failures of the TLS handshake."""

import asyncio

from activities.domain.errors import Unclear
from tests.faults.peer.answer import Answer
from tests.faults.peer.certificates import Authority
from tests.faults.peer.line import Line
from tests.faults.peer.table import handshake

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nThis port speaks plain HTTP.\n"
# A fatal alert: handshake_failure.
ALERT = bytes.fromhex("15030300020228")
GARBAGE = bytes(range(256)) * 4


@handshake()
async def closed_in_the_handshake(line: Line, _answer: Answer) -> None:
    """The connection ends after the client's greeting."""
    await line.greeting()
    line.end()


@handshake()
async def reset_in_the_handshake(line: Line, _answer: Answer) -> None:
    """The connection is reset after the client's greeting."""
    await line.greeting()
    await line.reset()


@handshake(hangs=True)
async def silent_in_the_handshake(line: Line, _answer: Answer) -> None:
    """The client's greeting gets no answer."""
    await line.greeting()
    await line.hang()


@handshake()
async def closed_in_the_servers_greeting(line: Line, _answer: Answer) -> None:
    """The connection ends in the middle of the server's greeting."""
    greeting = await line.tls(_authority(line).honest).begin()
    await line.send_raw(greeting[: len(greeting) // 2])
    line.end()


@handshake(hangs=True)
async def silent_in_the_servers_greeting(line: Line, _answer: Answer) -> None:
    """The server's greeting stops in the middle."""
    greeting = await line.tls(_authority(line).honest).begin()
    await line.send_raw(greeting[: len(greeting) // 2])
    await line.hang()


@handshake(hangs=True)
async def trickling_handshake(line: Line, _answer: Answer) -> None:
    """The server's greeting comes byte by byte."""
    for byte in await line.tls(_authority(line).honest).begin():
        await line.send_raw(bytes([byte]))
        await asyncio.sleep(line.pace)


@handshake()
async def garbage_instead_of_a_handshake(line: Line, _answer: Answer) -> None:
    """The server's greeting isn't TLS."""
    await line.greeting()
    await line.send_raw(GARBAGE)


@handshake()
async def plain_http_instead_of_a_handshake(line: Line, _answer: Answer) -> None:
    """A server without TLS listens on the port."""
    await line.greeting()
    await line.send_raw(BAD_REQUEST)


@handshake()
async def alert_instead_of_a_handshake(line: Line, _answer: Answer) -> None:
    """The server refuses the handshake with a fatal alert."""
    await line.greeting()
    await line.send_raw(ALERT)


@handshake()
async def untrusted_certificate(line: Line, _answer: Answer) -> None:
    """The certificate is from an unknown authority."""
    await line.tls(_authority(line).untrusted()).handshake()


@handshake()
async def certificate_of_another_name(line: Line, _answer: Answer) -> None:
    """The certificate belongs to another server."""
    await line.tls(_authority(line).misnamed()).handshake()


@handshake()
async def expired_certificate(line: Line, _answer: Answer) -> None:
    """The certificate was valid until yesterday."""
    await line.tls(_authority(line).expired()).handshake()


@handshake()
async def only_an_old_version(line: Line, _answer: Answer) -> None:
    """The server supports nothing newer than TLS 1.1."""
    await line.tls(_authority(line).old()).handshake()


@handshake(error=Unclear)
async def demands_a_certificate(line: Line, _answer: Answer) -> None:
    """The server requires a client certificate. In TLS 1.3, the client only finds out after the handshake."""
    await line.tls(_authority(line).demanding()).handshake()


def _authority(line: Line) -> Authority:
    assert line.authority
    return line.authority
