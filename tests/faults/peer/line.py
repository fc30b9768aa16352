"""A client's connection to the peer, and everything that can be done to it."""

import asyncio
import contextlib
import socket
import ssl
import struct
from asyncio import StreamReader, StreamWriter, Task

from tests.faults.peer.certificates import Authority
from tests.faults.peer.tls import PIECE, Tls
from tests.faults.upstream import close

# With this option, closing a socket sends RST.
_LINGER_ZERO = struct.pack("ii", 1, 0)
# Before a connection is reset, the client has this long to read what was sent.
_READ_SECONDS = 0.03


class Line:
    """A connection.

    Args:
        reader: what the client sends, encrypted if there's TLS.
        writer: leads to the client.
        pace: seconds between two pieces of what's sent slowly.
        authority: has the certificates, if the peer speaks TLS.

    Attributes:
        reader: what the client sends, decrypted if there's TLS.
        served: how many requests have been handled, honestly or not.
        idle: whether it's waiting for a request.
        last: whether it serves no more requests after this one.
        ended: whether it has been closed.
    """

    def __init__(
        self, reader: StreamReader, writer: StreamWriter, *, pace: float, authority: Authority | None = None
    ) -> None:
        self.reader = StreamReader()
        self.pace = pace
        self.authority = authority
        self.served = 0
        self.idle = False
        self.last = False
        self.ended = False
        self._raw = reader
        self._writer = writer
        self._tls: Tls | None = None
        self._pump: Task[None] | None = None
        self._arrived = asyncio.Event()
        self._over = False

    async def open(self, context: ssl.SSLContext | None = None) -> None:
        """Start to read. If there's a context, do the TLS handshake first."""
        if context is not None:
            self._tls = self.tls(context)
            await self._tls.handshake()
        self._pump = asyncio.create_task(self._read())

    def tls(self, context: ssl.SSLContext) -> Tls:
        """Return TLS for this connection, before the handshake."""
        return Tls(context, self._raw, self._writer)

    async def wait(self) -> bool:
        """Wait for the next request, and return whether one comes."""
        self.idle = True
        await self._arrived.wait()
        self.idle = False
        return not self.ended and not self.reader.at_eof()

    def taken(self) -> None:
        """Note that the whole request has been read, so what comes next is another one."""
        if not self._over:
            self._arrived.clear()

    async def greeting(self) -> None:
        """Wait for the client's first bytes, which are its TLS greeting."""
        if not await self._raw.read(PIECE):
            raise EOFError

    async def send(self, data: bytes) -> None:
        """Send HTTP bytes, encrypted if there's TLS."""
        await self.send_raw(data if self._tls is None else self._tls.sealed(data))

    async def send_slowly(self, data: bytes) -> None:
        """Send HTTP bytes one by one."""
        for byte in data:
            await self.send(bytes([byte]))
            await asyncio.sleep(self.pace)

    async def send_raw(self, data: bytes) -> None:
        """Send bytes as they are, without encrypting them."""
        self._writer.write(data)
        await self._writer.drain()

    async def send_spoilt(self, data: bytes) -> None:
        """Send HTTP bytes in TLS records. The last record has a wrong authentication code."""
        assert self._tls
        sealed = self._tls.sealed(data)
        await self.send_raw(sealed[:-1] + bytes([sealed[-1] ^ 1]))

    async def hang(self) -> None:
        """Send nothing, whatever the client sends, until it closes the connection."""
        if self._pump is None:
            while await self._raw.read(PIECE):
                pass
        else:
            while await self.reader.read(PIECE):
                pass
        self.end()

    async def say_farewell(self) -> None:
        """End the connection properly: with a TLS close_notify, if there's TLS, and then FIN."""
        if self._tls is not None:
            await self.send_raw(self._tls.farewell())
        self.end()

    def end(self) -> None:
        """End the connection with FIN but without a TLS close_notify."""
        if not self.ended:
            self._ends()
            self._writer.close()

    async def gone(self) -> None:
        """Wait until the connection has ended."""
        await close(self._writer)

    async def reset(self) -> None:
        """End the connection with RST, once the client has had time to read what was sent."""
        await asyncio.sleep(_READ_SECONDS)
        raw: socket.socket = self._writer.get_extra_info("socket")
        with contextlib.suppress(OSError):  # it has been closed
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._ends()
        self._writer.transport.abort()

    def _ends(self) -> None:
        self.ended = self._over = True
        self._arrived.set()
        if self._pump is not None:
            self._pump.cancel()

    async def _read(self) -> None:
        try:
            if self._tls is None:
                while data := await self._raw.read(PIECE):
                    self._feed(data)
            else:
                await self._tls.pump(self._feed)
        except (OSError, EOFError):
            pass  # the client has gone
        self._over = True
        self.reader.feed_eof()
        self._arrived.set()

    def _feed(self, data: bytes) -> None:
        self.reader.feed_data(data)
        self._arrived.set()
