"""Failures of the connection, as it opens and between two requests."""

from tests.faults.peer.answer import Answer
from tests.faults.peer.line import Line
from tests.faults.peer.table import bytes_seen, connection, listening

UNREAD = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@listening()
async def refused(_line: Line, _answer: Answer) -> None:
    """Nothing listens on the port."""


@connection()
async def closed_at_once(line: Line, _answer: Answer) -> None:
    """The connection is accepted and closed."""
    line.end()


@connection()
async def reset_at_once(line: Line, _answer: Answer) -> None:
    """The connection is accepted and reset."""
    await line.reset()


@connection(hangs=True)
async def accepted_and_silent(line: Line, _answer: Answer) -> None:
    """The connection is accepted, and nothing comes back."""
    await line.hang()


@bytes_seen(reused=True)
async def closed_as_the_next_request_comes(line: Line, _answer: Answer) -> None:
    """The first request of a connection is served. The connection is closed just as the second one comes."""
    line.end()


@bytes_seen(reused=True)
async def reset_as_the_next_request_comes(line: Line, _answer: Answer) -> None:
    """The first request of a connection is served. The connection is reset just as the second one comes."""
    await line.reset()


@bytes_seen(reused=True, hangs=True)
async def silent_after_the_first_answer(line: Line, _answer: Answer) -> None:
    """The first request of a connection is served. The second one gets no answer."""
    await line.hang()


@bytes_seen()
async def answered_before_the_request_was_read(line: Line, _answer: Answer) -> None:
    """A load balancer answers as soon as the first bytes come, and resets the connection."""
    await line.send(UNREAD)
    await line.reset()
