"""The peer: a server that relays to a healthy one until it is told to fail.

    async with Peer(simulator.url, authority) as peer:
        peer.fail(CASES["closed in the body, after the effect"])
        ...
        peer.heal()

Even then, a connection that hangs keeps hanging until the client gives up.
"""

import asyncio
import socket
from asyncio import IncompleteReadError, StreamReader, StreamWriter, Task
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

from tests.faults import wire
from tests.faults.peer.answer import Answer, made_up, received
from tests.faults.peer.certificates import ADDRESS, Authority
from tests.faults.peer.line import Line
from tests.faults.peer.rows import Case
from tests.faults.upstream import Upstream, close

Choose = Callable[[Line], Case | None]
NO_ANSWER = Answer(0)


class Peer:
    """An async context manager. `url` is the target's URL with another port, and with `https` if the peer speaks TLS.

    Args:
        target_url: where the healthy server is.
        authority: has the certificates for TLS. Without one, the peer speaks plain HTTP.
        pace: seconds between two pieces of what's sent slowly.
        choose: chooses the case for each request, unless `fail` has set one for all.

    Attributes:
        met: how many connections or requests have met a failure.
        requests: how many requests have come in, including those that failed before they were read.
        connections: how many connections have been accepted.
        successes: how many requests got an honest answer that was a success.
    """

    def __init__(
        self,
        target_url: str,
        authority: Authority | None = None,
        *,
        pace: float = 1.0,
        choose: Choose = lambda _line: None,
    ) -> None:
        target = urlsplit(target_url)
        if target.hostname is None:
            raise ValueError(f"no host in {target_url}")
        self._upstream = Upstream(target.hostname, target.port or 80)
        self._path = target.path
        self._authority = authority
        self._pace = pace
        self._choose = choose
        self._case: Case | None = None
        self._lines: set[Line] = set()
        self._tasks: set[Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self.url = ""
        self.met = self.requests = self.connections = self.successes = 0
        self._succeeded = asyncio.Event()

    async def __aenter__(self) -> Self:
        # This socket keeps the port while nothing listens.
        self._place = _socket(0)
        await self._listen()
        scheme = "http" if self._authority is None else "https"
        self.url = f"{scheme}://{ADDRESS}:{self._place.getsockname()[1]}{self._path}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop_listening()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in list(self._lines):
            line.end()
        await self._upstream.close()
        self._place.close()

    async def fail(self, case: Case) -> None:
        """Fail each connection or request in this way from now on."""
        self._case = case
        if case.row.stage == "listen":
            self._stop_listening()
        if case.row.stage in ("listen", "connection"):
            for line in list(self._lines):
                line.last = True
                if line.idle:
                    line.end()
                    await line.gone()

    async def heal(self) -> None:
        """Stop failing. Connections that hang keep hanging."""
        self._case = None
        if self._listener is None:
            await self._listen()

    async def success(self) -> None:
        """Wait for the next request that gets an honest answer that is a success."""
        self._succeeded.clear()
        await self._succeeded.wait()

    async def _listen(self) -> None:
        listening = _socket(self._place.getsockname()[1])
        self._listener = await asyncio.start_server(self._accept, sock=listening, backlog=1024)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        line = Line(reader, writer, pace=self._pace, authority=self._authority)
        self._lines.add(line)
        try:
            await self._serve(line)
        except (OSError, EOFError):
            pass  # one of the two sides has gone, and ending the connection tells the other
        finally:
            line.end()
            self._lines.discard(line)
            self._tasks.discard(task)

    async def _serve(self, line: Line) -> None:
        chosen = self._choose(line)
        case = self._case or chosen
        if case is not None and case.row.stage == "connection":
            self.requests += 1
            self.met += 1
            await case.row.act(line, NO_ANSWER)
            return
        await line.open(self._authority.honest if self._authority else None)
        while not line.last and await line.wait():
            case = self._case or chosen
            self.requests += 1
            if case is not None and case.row.stage == "bytes" and (line.served or not case.row.reused):
                self.met += 1
                await case.row.act(line, NO_ANSWER)
                return
            await self._exchange(line, case)
            chosen = self._choose(line)

    async def _exchange(self, line: Line, case: Case | None) -> None:
        head = await wire.read_head(line.reader)
        if head is None:
            raise EOFError
        body = await wire.request_body(head, line.reader)
        line.taken()
        if case is not None and case.row.stage == "request" and head.start[0] != "HEAD":
            self.met += 1
            await case.row.act(line, await self._relay(head, body) if case.effect else made_up(head))
        else:
            answer = await self._relay(head, body)
            await line.send(answer.raw)
            if answer.succeeded:
                self.successes += 1
                self._succeeded.set()
        line.served += 1
        if head.closes:
            line.end()

    async def _relay(self, head: wire.Head, body: bytes) -> Answer:
        """Pass on a request, and return the whole response of the healthy server."""
        reusable = False
        connection = await self._upstream.take()
        try:
            connection.writer.write(head.raw + body)
            await connection.writer.drain()
            response = await wire.read_head(connection.reader)
            if response is None:
                raise IncompleteReadError(b"", None)
            method = head.start[0]
            content = b"".join([piece async for piece in wire.response_body(response, connection.reader, method)])
            reusable = not response.closes and not wire.ends_with_connection(response, method)
        finally:
            if reusable:
                self._upstream.give_back(connection)
            else:
                await close(connection.writer)
        return received(response, content)


def _socket(port: int) -> socket.socket:
    """Return a socket that is bound to this port, which other sockets of this process may share."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((ADDRESS, port))
    return made
