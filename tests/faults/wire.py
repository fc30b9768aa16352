"""Just enough HTTP/1.1 to pass messages on byte for byte: their heads, and where their bodies end.

`Expect: 100-continue` and upgrades are missing, because no client or server of this project uses them.
"""

from asyncio import IncompleteReadError, StreamReader
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus

PIECE = 65536


@dataclass(frozen=True)
class Head:
    """The start line and the headers of a message. `raw` has them as they were sent."""

    raw: bytes
    start: tuple[str, str, str]
    headers: dict[str, str]  # names in lower case; a repeated header has its last value

    @property
    def closes(self) -> bool:
        """Whether the sender ends its connection after this message."""
        return "close" in self.headers.get("connection", "").lower() or "HTTP/1.0" in self.start

    @property
    def chunked(self) -> bool:
        """Whether the body comes in chunks."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def length(self) -> int | None:
        """The announced size of the body in bytes."""
        size = self.headers.get("content-length")
        return None if size is None else int(size)


async def read_head(reader: StreamReader) -> Head | None:
    """Read the next head. Return None if the connection has ended cleanly."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except IncompleteReadError as error:
        if error.partial:
            raise
        return None
    first, *lines = raw.decode("latin-1").split("\r\n")[:-2]
    one, two, *rest = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    return Head(raw, (one, two, "".join(rest)), {name.lower(): value.strip() for name, _, value in pairs})


async def request_body(head: Head, reader: StreamReader) -> bytes:
    """Read the body of a request as it was sent, including any chunk framing."""
    pieces = _chunks(reader) if head.chunked else _counted(reader, head.length or 0)
    return b"".join([piece async for piece in pieces])


def response_body(head: Head, reader: StreamReader, method: str) -> AsyncIterator[bytes]:
    """Return the body of a response, piece by piece as it comes.

    Raises:
        IncompleteReadError: the body ends too early.
    """
    status = int(head.start[1])
    if method == "HEAD" or status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        return _counted(reader, 0)
    if head.chunked:
        return _chunks(reader)
    if head.length is not None:
        return _counted(reader, head.length)
    return _until_end(reader)


def ends_with_connection(head: Head, method: str) -> bool:
    """Return whether only the end of the connection shows where the body of this response ends."""
    bare = method == "HEAD" or int(head.start[1]) in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    return not bare and not head.chunked and head.length is None


async def _counted(reader: StreamReader, left: int) -> AsyncIterator[bytes]:
    while left:
        piece = await reader.read(min(left, PIECE))
        if not piece:
            raise IncompleteReadError(b"", left)
        left -= len(piece)
        yield piece


async def _chunks(reader: StreamReader) -> AsyncIterator[bytes]:
    while True:
        line = await reader.readuntil(b"\r\n")
        yield line
        size = int(line.split(b";")[0], 16)
        if not size:
            break
        async for piece in _counted(reader, size + len(b"\r\n")):
            yield piece
    while line != b"\r\n":  # trailers, up to the empty line
        line = await reader.readuntil(b"\r\n")
        yield line


async def _until_end(reader: StreamReader) -> AsyncIterator[bytes]:
    while piece := await reader.read(PIECE):
        yield piece
