"""The server's side of TLS on one connection, in memory, so that its records can be held back, cut or damaged."""

import contextlib
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable

PIECE = 65536


class Tls:
    """TLS over two streams.

    Args:
        context: the server's context.
        reader: what the client sends, encrypted.
        writer: leads to the client.
    """

    def __init__(self, context: ssl.SSLContext, reader: StreamReader, writer: StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._received, self._to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._object = context.wrap_bio(self._received, self._to_send, server_side=True)

    async def handshake(self) -> None:
        """Do the handshake.

        Raises:
            OSError: the client refuses, or doesn't speak TLS.
            EOFError: the client has gone.
        """
        while True:
            try:
                self._object.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._receive()
            except ssl.SSLError:
                await self._flush()  # the alert
                raise
            else:
                await self._flush()
                return

    async def begin(self) -> bytes:
        """Receive the client's greeting, and return what the server should send next."""
        while not self._to_send.pending:
            await self._receive()
            with contextlib.suppress(ssl.SSLWantReadError):
                self._object.do_handshake()
        return self._to_send.read()

    def sealed(self, data: bytes) -> bytes:
        """Return these bytes as TLS records."""
        self._object.write(data)
        return self._to_send.read()

    def farewell(self) -> bytes:
        """Return the record that says that the server won't send anything else (close_notify)."""
        with contextlib.suppress(ssl.SSLWantReadError):  # the client's own close_notify hasn't come yet
            self._object.unwrap()
        return self._to_send.read()

    async def pump(self, feed: Callable[[bytes], None]) -> None:
        """Decrypt what the client sends, and feed it on, until the client ends the connection."""
        while True:
            try:
                data = self._object.read(PIECE)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._receive()
                continue
            except ssl.SSLError:
                await self._flush()  # the alert
                raise
            if not data:
                return
            feed(data)

    async def _receive(self) -> None:
        data = await self._reader.read(PIECE)
        if not data:
            raise EOFError
        self._received.write(data)

    async def _flush(self) -> None:
        if self._to_send.pending:
            self._writer.write(self._to_send.read())
            await self._writer.drain()
