"""An HTTP proxy in front of one server. At chosen requests, it does what the test tells it to do.

    async with FaultProxy(azurite.queue_url, kinds.queue) as proxy:
        rule = proxy.rule("queue:delete:*", point="before", action=Kill(worker.pid))
        ...
        await rule.reached

At the point "before", the proxy has received the whole request and hasn't forwarded any of it. At the point "after",
it has received the whole response and hasn't passed any of it on. Messages are passed on byte for byte, so that
signatures over method, path, query, headers and body stay valid. The proxy never sends anything twice: if the server
refuses or closes a connection, or cuts a response short, the client sees its own connection close. As in a real
network, a request that was received is forwarded even if its client has gone in the meantime.
"""

import asyncio
import socket
import struct
from asyncio import IncompleteReadError, StreamReader, StreamWriter, Task
from typing import Self
from urllib.parse import urlsplit

from tests.faults import kinds, wire
from tests.faults.actions import Action, Cut
from tests.faults.exchange import Exchange
from tests.faults.rules import Point, Rule, When, always
from tests.faults.upstream import Connection, Upstream, close

# With this option, closing a socket sends RST.
_LINGER_ZERO = struct.pack("ii", 1, 0)


class FaultProxy:
    """An async context manager. `url` is the target's URL with another port.

    If an action failed (say, a process couldn't be killed), leaving the context raises its error. So no test passes
    without its fault.
    """

    def __init__(self, target_url: str, classify: kinds.Classify = kinds.other) -> None:
        target = urlsplit(target_url)
        if target.hostname is None:
            raise ValueError(f"no host in {target_url}")
        self._upstream = Upstream(target.hostname, target.port or 80)
        self._path = target.path
        self._classify = classify
        self._rules: list[Rule] = []
        self._clients: set[Task[None]] = set()
        self._failed: list[Exception] = []
        self.log: list[Exchange] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{self._path}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._server.close()
        self._server.abort_clients()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        await self._upstream.close()
        await self._server.wait_closed()
        if self._failed and kind is None:
            raise ExceptionGroup("actions of fault rules failed", self._failed)

    def rule(  # noqa: PLR0913  a test reads like a sentence
        self,
        pattern: str,
        *,
        action: Action,
        point: Point = "before",
        nth: int = 1,
        times: float = 1,
        when: When = always,
    ) -> Rule:
        """Add a rule (see `Rule`). With `times=math.inf` it acts until it is removed."""
        rule = Rule(pattern, point, action, nth, times, when)
        self._rules.append(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        """Remove a rule. Requests that it is holding or delaying stay held or delayed."""
        self._rules.remove(rule)

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except Cut:
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
            writer.transport.abort()
        except (OSError, EOFError):
            pass  # one of the two sides has gone, and closing tells the other
        finally:
            await close(writer)
            self._clients.discard(task)

    async def _exchange(self, reader: StreamReader, writer: StreamWriter) -> bool:
        """Serve one request, and return whether another may follow on this connection."""
        head = await wire.read_head(reader)
        if head is None:
            return False
        exchange = await self._received(head, reader, writer)
        instead = await self._act(exchange, "before")
        keep = True
        if instead is None:
            keep = await self._forward(head, exchange, writer)
        else:
            writer.write(instead)
        await writer.drain()
        exchange.finished = _now()
        return keep and not head.closes

    async def _received(self, head: wire.Head, reader: StreamReader, writer: StreamWriter) -> Exchange:
        method, target, _ = head.start
        body = await wire.request_body(head, reader)
        kind = self._classify(method, target, head.headers)
        port = writer.get_extra_info("peername")[1]
        exchange = Exchange(kind, method, target, head.headers, body, port, _now())
        self.log.append(exchange)
        return exchange

    async def _act(self, exchange: Exchange, point: Point) -> bytes | None:
        """Let the rules act in the order in which they were added, until one ends the exchange."""
        concerned = [rule for rule in self._rules if rule.concerns(exchange, point)]
        for rule in [rule for rule in concerned if rule.picks(exchange)]:
            exchange.faults.append(f"{point}: {type(rule.action).__name__}")
            try:
                instead = await rule.action.act(exchange)
            except Cut:
                raise
            except Exception as error:
                self._failed.append(error)
                raise Cut(exchange.kind) from error
            if instead is not None:
                return instead
        return None

    async def _forward(self, head: wire.Head, exchange: Exchange, writer: StreamWriter) -> bool:
        """Pass on the request and its response, and return whether the client's connection may stay open."""
        reusable = False
        try:
            upstream = await self._upstream.take()
            try:
                reusable = await self._relay(head, exchange, upstream, writer)
            finally:
                if reusable:
                    self._upstream.give_back(upstream)
                else:
                    await close(upstream.writer)
        except (OSError, EOFError) as error:
            exchange.faults.append(f"broken: {type(error).__name__}")
            raise
        return reusable

    async def _relay(self, head: wire.Head, exchange: Exchange, upstream: Connection, writer: StreamWriter) -> bool:
        exchange.forwarded = _now()
        upstream.writer.write(head.raw + exchange.body)
        await upstream.writer.drain()
        response = await wire.read_head(upstream.reader)
        if response is None:
            raise IncompleteReadError(b"", None)
        exchange.responded = _now()
        exchange.status = exchange.upstream_status = int(response.start[1])
        pieces = wire.response_body(response, upstream.reader, exchange.method)
        if any(rule.concerns(exchange, "after") for rule in self._rules):
            exchange.response = b"".join([piece async for piece in pieces])
            instead = await self._act(exchange, "after")
            writer.write(response.raw + exchange.response if instead is None else instead)
        else:
            writer.write(response.raw)
            async for piece in pieces:
                writer.write(piece)
                await writer.drain()
        return not response.closes and not wire.ends_with_connection(response, exchange.method)


def _now() -> float:
    return asyncio.get_running_loop().time()
