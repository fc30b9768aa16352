"""A small server that gives the same responses over HTTP/1.1 and HTTP/2, in its own process.

Clients choose the version in the TLS handshake, as they do with Microsoft Graph.
"""

import asyncio
import contextlib
import json
import multiprocessing
import ssl
import tempfile
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TYPE_CHECKING

import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized, SynchronizedArray

VERSIONS = ("http/1.1", "h2")
_PIECE = 65536
_START_SECONDS = 30
# About as long as Graph's response to a create.
_BODY = json.dumps({"id": "x" * 73, "@odata.context": "x" * 150, "properties": "x" * 400}).encode()
_HEADERS = {"content-type": "application/json", "request-id": "0" * 36, "content-length": str(len(_BODY))}


@dataclass
class Server:
    """A running server.

    Attributes:
        url: its address.
        trust: a TLS context for clients, which trusts the server.
    """

    url: str
    trust: ssl.SSLContext
    _connections: "SynchronizedArray[int]"

    def connections(self, version: str) -> int:
        """Return how many connections have been opened with an HTTP version so far."""
        return self._connections[VERSIONS.index(version)]


@dataclass
class Answering:
    """What all the server's connections share. `latency` is how long each response takes, in seconds."""

    latency: float
    connections: "SynchronizedArray[int]"
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve a connection in the negotiated version."""
        version = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        with self.connections.get_lock():
            self.connections[VERSIONS.index(version)] += 1
        with contextlib.suppress(OSError, EOFError):
            await (self._http2(reader, writer) if version == "h2" else self._http1(reader, writer))
        writer.close()

    async def _answer(self, _body: bytes) -> bytes:
        await asyncio.sleep(self.latency)
        return _BODY

    async def _http1(self, reader: StreamReader, writer: StreamWriter) -> None:
        head = "HTTP/1.1 201 Created\r\n" + "".join(f"{name}: {value}\r\n" for name, value in _HEADERS.items())
        while True:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
            length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
            content = await self._answer(await reader.readexactly(length))
            writer.write(head.encode() + b"\r\n" + content)
            await writer.drain()

    async def _http2(self, reader: StreamReader, writer: StreamWriter) -> None:
        connection = H2Connection(H2Configuration(client_side=False))
        connection.initiate_connection()
        bodies: dict[int, bytes] = {}

        async def answer(stream: int) -> None:
            content = await self._answer(bodies.pop(stream))
            connection.send_headers(stream, [(":status", "201"), *_HEADERS.items()])
            connection.send_data(stream, content, end_stream=True)
            writer.write(connection.data_to_send())

        while True:
            writer.write(connection.data_to_send())
            await writer.drain()
            data = await reader.read(_PIECE)
            if not data:
                return
            for event in connection.receive_data(data):
                match event:
                    case RequestReceived(stream_id=stream) if stream is not None:
                        bodies[stream] = b""
                    case DataReceived(stream_id=stream, data=piece, flow_controlled_length=length):
                        bodies[stream] += piece or b""
                        connection.acknowledge_received_data(length, stream)
                    case StreamEnded(stream_id=stream) if stream is not None:
                        task = asyncio.create_task(answer(stream))
                        self.tasks.add(task)
                        task.add_done_callback(self.tasks.discard)


@asynccontextmanager
async def http_server(latency: float) -> AsyncIterator[Server]:
    """Run the server in another process, so its work isn't counted as the client's."""
    authority, spawning = trustme.CA(), multiprocessing.get_context("spawn")
    connections, port, ready = spawning.Array("i", len(VERSIONS)), spawning.Value("i", 0), spawning.Event()
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trust)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        chain = Path(folder) / "server.pem"
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(chain)
        process = spawning.Process(target=_serve, args=(chain, latency, connections, port, ready), daemon=True)
        process.start()
        try:
            if not await asyncio.to_thread(ready.wait, _START_SECONDS):
                raise TimeoutError("the server didn't start")
            yield Server(f"https://127.0.0.1:{port.value}", trust, connections)
        finally:
            process.kill()
            await asyncio.to_thread(process.join)


def _serve(
    chain: Path, latency: float, connections: "SynchronizedArray[int]", port: "Synchronized[int]", ready: Event
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    context.set_alpn_protocols(list(reversed(VERSIONS)))

    async def run() -> None:
        accept = Answering(latency, connections).accept
        server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context, backlog=1024)
        port.value = server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    asyncio.run(run())
