"""Each row of the table of failures does what its name says, as a bare HTTP client sees it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.faults.echo import EchoServer
from tests.faults.peer.certificates import Authority
from tests.faults.peer.rows import CASES, ROWS, Case, Row
from tests.faults.peer.server import Peer

PACE = 0.02
# Seconds that a hasty client waits for the next bytes, and for the whole response.
WAIT, WHOLE = 0.25, 0.5
PATIENT = 10.0
CUT = (httpx.RemoteProtocolError, "without sending complete message body")
NOTHING = (httpx.RemoteProtocolError, "Server disconnected without sending a response")
RESET = (httpx.ReadError, "")
NO_READING, NO_CONNECTING = (httpx.ReadTimeout, ""), (httpx.ConnectTimeout, "")
NO_END = (TimeoutError, "")
DENIED, PROTOCOL = httpx.ConnectError, httpx.RemoteProtocolError

# The outcome (an exception, or a response's status) and a part of its text. In most rows, TLS and plain HTTP have
# the same outcome. In the others, the first one is that of TLS, and the second one that of plain HTTP.
type What = tuple[type[Exception] | int, str]
SEEN: dict[str, What | tuple[What, What]] = {
    "refused": (DENIED, "All connection attempts failed"),
    "closed at once": ((DENIED, ""), (httpx.ReadError, "")),
    "reset at once": ((DENIED, ""), RESET),
    "accepted and silent": (NO_CONNECTING, NO_READING),
    "closed as the next request comes": NOTHING,
    "reset as the next request comes": RESET,
    "silent after the first answer": NO_READING,
    "answered before the request was read": (503, ""),
    "closed in the handshake": (DENIED, ""),
    "reset in the handshake": (DENIED, ""),
    "silent in the handshake": NO_CONNECTING,
    "closed in the servers greeting": (DENIED, ""),
    "silent in the servers greeting": NO_CONNECTING,
    "trickling handshake": NO_CONNECTING,
    "garbage instead of a handshake": (DENIED, "WRONG_VERSION_NUMBER"),
    "plain http instead of a handshake": (DENIED, "WRONG_VERSION_NUMBER"),
    "alert instead of a handshake": (DENIED, "HANDSHAKE_FAILURE"),
    "untrusted certificate": (DENIED, "unable to get local issuer certificate"),
    "certificate of another name": (DENIED, "IP address mismatch"),
    "expired certificate": (DENIED, "certificate has expired"),
    "only an old version": (DENIED, "PROTOCOL_VERSION"),
    "demands a certificate": (ssl.SSLError, "CERTIFICATE_REQUIRED"),
    "spoilt record instead of an answer": (ssl.SSLError, "BAD_RECORD_MAC"),
    "spoilt record in the answer": (ssl.SSLError, "BAD_RECORD_MAC"),
    "farewell instead of an answer": NOTHING,
    "no farewell in the body": CUT,
    "plain http after the handshake": (ssl.SSLError, "WRONG_VERSION_NUMBER"),
    "plain alert after the handshake": (ssl.SSLError, "BAD_RECORD_TYPE"),
    "closed before the answer": NOTHING,
    "reset before the answer": RESET,
    "silent before the answer": NO_READING,
    "closed in the status line": NOTHING,
    "closed in the headers": NOTHING,
    "silent in the headers": NO_READING,
    "trickling headers": NO_END,
    "garbage instead of an answer": (PROTOCOL, "illegal status line"),
    "http2 instead of an answer": (PROTOCOL, "illegal request line"),
    "unknown version": (PROTOCOL, "illegal status line"),
    "header without a colon": (PROTOCOL, "illegal header line"),
    "illegal bytes in a header": (PROTOCOL, "illegal header line"),
    "megabyte of headers": (PROTOCOL, "Receive buffer too long"),
    "endless interim answers": NO_END,
    "status 000": (PROTOCOL, "status_code"),
    "status 999": (999, ""),
    "contradicting lengths": (PROTOCOL, "conflicting Content-Length"),
    "negative length": (PROTOCOL, "bad Content-Length"),
    "unknown transfer encoding": (PROTOCOL, "Only Transfer-Encoding: chunked"),
    "switching protocols": (PROTOCOL, "_SWITCH_UPGRADE"),
    "interim answer before the answer": (200, "echo x"),
    "closed in the body": CUT,
    "reset in the body": RESET,
    "silent in the body": NO_READING,
    "trickling body": NO_END,
    "endless body": NO_END,
    "cut where only the end tells the length": (201, '{"id": "made-up'),
    "bad size of a chunk": (PROTOCOL, "illegal chunk header"),
    "closed between chunks": CUT,
    "more than was announced": (200, "echo x"),
    "second answer behind the first": (200, "echo x"),
    "page of a gateway behind the answer": (200, "echo x"),
    "refusal of a gateway behind the answer": (200, "echo x"),
    "gzip that is none": (httpx.DecodingError, "incorrect header check"),
    "cut gzip": (201, '{"id": "m'),
    "unknown compression": (201, "\x00\x01"),
    "garbage for json": (201, '{"id": "'),
    "json of another kind": (201, "[null]"),
    "success without content": (201, ""),
    "page of a portal": (200, "Accept the terms"),
    "accepted without content": (202, ""),
    "redirect to nowhere": (307, ""),
    "redirect elsewhere": (307, ""),
    "proxy wants a password": (407, "Proxy Authentication"),
    "bad gateway": (502, "502 Bad Gateway"),
    "claims without padding": (401, ""),
    "absurd time to wait": (503, ""),
    "throttled until an absurd time": (429, ""),
}
LAYERS = [(row, tls) for row in ROWS.values() for tls in (True, False) if tls or not row.tls]

Connect = Callable[[Row], httpx.AsyncClient]


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Make certificates for all tests."""
    return Authority()


@pytest.fixture
async def connect(authority: Authority) -> AsyncIterator[Connect]:
    """Return a function that makes a client for a row. The client is hasty if the row hangs."""
    made: list[httpx.AsyncClient] = []

    def client(row: Row) -> httpx.AsyncClient:
        made.append(httpx.AsyncClient(verify=authority.trusting(), timeout=WAIT if row.hangs else PATIENT))
        return made[-1]

    yield client
    for one in made:
        await one.aclose()


async def outcome(client: httpx.AsyncClient, url: str, text: str = "x") -> tuple[type[Exception] | int, str]:
    """Send a request, and return the type and the text of the exception, or the status and the body."""
    try:
        async with asyncio.timeout(WHOLE if client.timeout.read == WAIT else PATIENT):
            response = await client.post(url, content=text)
    except Exception as error:  # noqa: BLE001  any exception is an outcome
        return type(error), str(error)
    return response.status_code, response.text


def test_the_table_is_complete() -> None:
    """Every row is tested, and there are at least 36 rows."""
    assert set(SEEN) == set(ROWS)
    assert len(ROWS) >= 36


@pytest.mark.parametrize(
    ("row", "tls"), [pytest.param(row, tls, id=f"{row.name}, {'TLS' if tls else 'plain'}") for row, tls in LAYERS]
)
async def test_a_row_is_what_it_says(
    server: EchoServer,
    authority: Authority,
    connect: Connect,
    row: Row,
    tls: bool,  # noqa: FBT001
) -> None:
    """The client meets the failure. Once the failure has ended, another client gets its response."""
    expected = SEEN[row.name]
    kind, text = expected if isinstance(expected[1], str) else expected[0 if tls else 1]
    async with Peer(server.url, authority if tls else None, pace=PACE) as peer:
        client = connect(row)
        if row.reused:
            assert await outcome(client, peer.url) == (200, "echo x")
        await peer.fail(Case(row, row.effects[0]))
        seen = await outcome(client, peer.url, "x")
        await peer.heal()
        assert await outcome(connect(ROWS["refused"]), peer.url, "y") == (200, "echo y")
    assert seen[0] == kind
    assert text in seen[1]
    assert peer.met == (row.stage != "listen")


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES.values() if not case.row.tls])
async def test_the_effect(server: EchoServer, connect: Connect, case: Case) -> None:
    """A request reaches the healthy server only if the case says so."""
    async with Peer(server.url, pace=PACE) as peer:
        await peer.fail(case)
        client = connect(case.row)
        await outcome(client, peer.url)
        if case.row.reused:
            await outcome(client, peer.url, "second")
    assert len(server.requests) == (case.effect or case.row.reused)
