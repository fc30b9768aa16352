"""Failures in the status line and the headers of an answer."""

import asyncio

from tests.faults.peer.answer import Answer
from tests.faults.peer.line import Line
from tests.faults.peer.table import ALWAYS, request

GARBAGE = bytes(range(128, 256)) * 4 + b"\r\n\r\n"
# HTTP/2 SETTINGS and GOAWAY.
HTTP2 = bytes.fromhex("000000040000000000") + bytes.fromhex("0000080700000000000000000000000000")
MEGABYTE = 1_000_000


@request()
async def closed_before_the_answer(line: Line, _answer: Answer) -> None:
    """The connection ends before any byte of an answer."""
    line.end()


@request()
async def reset_before_the_answer(line: Line, _answer: Answer) -> None:
    """The connection is reset before any byte of an answer."""
    await line.reset()


@request(hangs=True)
async def silent_before_the_answer(line: Line, _answer: Answer) -> None:
    """The request gets no answer."""
    await line.hang()


@request()
async def closed_in_the_status_line(line: Line, answer: Answer) -> None:
    """The connection ends in the middle of the status line."""
    await line.send(answer.status_line[:10])
    line.end()


@request()
async def closed_in_the_headers(line: Line, answer: Answer) -> None:
    """The connection ends in the middle of the headers."""
    await line.send(answer.filled.head[:-8])
    line.end()


@request(hangs=True)
async def silent_in_the_headers(line: Line, answer: Answer) -> None:
    """The headers stop in the middle."""
    await line.send(answer.filled.head[:-8])
    await line.hang()


@request(drips=True)
async def trickling_headers(line: Line, answer: Answer) -> None:
    """The headers come byte by byte, and no byte is late."""
    await line.send_slowly(answer.filled.having(("X-Long", "x" * 1000)).head)
    line.end()


@request()
async def garbage_instead_of_an_answer(line: Line, _answer: Answer) -> None:
    """The answer isn't HTTP."""
    await line.send(GARBAGE)


@request()
async def http2_instead_of_an_answer(line: Line, _answer: Answer) -> None:
    """The server continues in HTTP/2."""
    await line.send(HTTP2)
    line.end()


@request()
async def unknown_version(line: Line, answer: Answer) -> None:
    """The answer names a version of HTTP that doesn't exist."""
    await line.send(answer.whole.replace(b"HTTP/1.1", b"HTTP/one", 1))


@request()
async def header_without_a_colon(line: Line, answer: Answer) -> None:
    """A line among the headers isn't a header."""
    await line.send(answer.status_line + b"This is no header\r\n" + answer.lines + b"\r\n")


@request()
async def illegal_bytes_in_a_header(line: Line, answer: Answer) -> None:
    """A header contains bytes that aren't allowed."""
    await line.send(answer.status_line + b"X-Illegal: a\0b\x01\r\n" + answer.lines + b"\r\n")


@request()
async def megabyte_of_headers(line: Line, answer: Answer) -> None:
    """The headers are far larger than any client reads."""
    await line.send(answer.having(("X-Long", "x" * MEGABYTE)).whole)


@request(drips=True)
async def endless_interim_answers(line: Line, _answer: Answer) -> None:
    """The server sends nothing but interim answers, without end."""
    while not line.ended:
        await line.send(b"HTTP/1.1 102 Processing\r\n\r\n")
        await asyncio.sleep(line.pace)


@request()
async def status_000(line: Line, answer: Answer) -> None:
    """The status is 000."""
    await line.send(Answer(0, answer.headers).whole)


@request()
async def status_999(line: Line, answer: Answer) -> None:
    """The status is 999."""
    await line.send(Answer(999, answer.headers).whole)


@request()
async def contradicting_lengths(line: Line, answer: Answer) -> None:
    """Two Content-Length headers contradict each other."""
    answer = answer.filled
    await line.send(answer.having(("Content-Length", str(len(answer.content) + 1))).whole)
    line.end()


@request()
async def negative_length(line: Line, answer: Answer) -> None:
    """Content-Length is below zero."""
    await line.send(answer.filled.status_line + answer.lines + b"Content-Length: -1\r\n\r\n")
    line.end()


@request(lies=True)
async def unknown_transfer_encoding(line: Line, answer: Answer) -> None:
    """The content comes in an encoding that HTTP/1.1 doesn't have."""
    answer = answer.filled
    await line.send(answer.status_line + answer.lines + b"Transfer-Encoding: cloud\r\n\r\n" + answer.content)
    line.end()


@request()
async def switching_protocols(line: Line, _answer: Answer) -> None:
    """The server switches to a protocol that nobody asked for."""
    await line.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: cloud\r\n\r\n\0\1\2\3")
    line.end()


@request(effects=ALWAYS, error=None)
async def interim_answer_before_the_answer(line: Line, answer: Answer) -> None:
    """An interim answer comes first, which HTTP allows."""
    await line.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer.whole)
