"""Connections to the server behind a proxy or a peer: as many as are needed, and reused while they're fresh."""

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass

# Far below any server's keep-alive time (Azurite: 5 s), so that none closes just as a request is sent.
IDLE_SECONDS = 1.0


async def close(writer: StreamWriter) -> None:
    """Close a connection, whatever state it is in."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@dataclass
class Connection:
    """One connection, in use by one request at a time."""

    reader: StreamReader
    writer: StreamWriter
    idle_since: float = 0.0

    def fresh(self, now: float) -> bool:
        """Return whether the server certainly still has it open."""
        return now - self.idle_since < IDLE_SECONDS and not self.reader.at_eof()


class Upstream:
    """A pool of connections to one server."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._idle: list[Connection] = []

    async def take(self) -> Connection:
        """Return an idle connection or a new one.

        Raises:
            OSError: the server refuses the connection.
        """
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.fresh(now):
                return connection
            await close(connection.writer)
        return Connection(*await asyncio.open_connection(*self._address))

    def give_back(self, connection: Connection) -> None:
        """Keep a connection whose last response has been read to its end."""
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.append(connection)

    async def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            await close(self._idle.pop().writer)
