"""Bodies that are signed tokens: which keys and algorithms count, and how often keys are fetched."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jwt
import pytest
from aiohttp import web

from activities.webhooks.checks.keys import Keys
from activities.webhooks.checks.token import TokenCheck
from tests.activities.webhooks.proofs import OTHER_PRIVATE, PRIVATE, PUBLIC_PEM, key_set, token

CLAIMS = {"metadata": {"event_name": "course_completed"}, "body": {}}


class KeyServer:
    """Publishes keys on this machine, and counts how often they're fetched."""

    def __init__(self) -> None:
        self.document = key_set(one=PRIVATE)
        self.fetched = 0
        self.hangs = False
        self.status = 200
        self.now = 1000.0
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as configured."""
        self.fetched += 1
        if self.hangs:
            await asyncio.sleep(30)
        status = 200 if request.path == "/other" else self.status
        return web.Response(text=self.document, status=status, headers={"Location": "/other"})

    def check(self, issuer: str | None = None, audience: str | None = None) -> TokenCheck:
        """Return a check with this server's keys."""
        return TokenCheck(Keys(self.url, lambda: self.now), issuer, audience)


@asynccontextmanager
async def serving() -> AsyncIterator[KeyServer]:
    """Serve on a free port."""
    server = KeyServer()
    app = web.Application()
    app.router.add_get("/{any:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/jwks"
    yield server
    await runner.cleanup()


@pytest.fixture
async def keys() -> AsyncIterator[KeyServer]:
    """Return a key server for each test."""
    async with serving() as server:
        yield server


async def test_the_claims_of_a_token_are_what_was_sent(keys: KeyServer) -> None:
    """Byte for byte, so that they're read like any other body."""
    check = keys.check()
    content = await check.proven({}, token(CLAIMS).encode())
    assert content is not None
    assert json.loads(content) == CLAIMS
    assert await check.proven({}, f" {token(CLAIMS)}\n".encode()) == content
    assert keys.fetched == 1


def _hmac_with_the_public_key() -> str:
    """The classic attack. The library itself refuses to make such a token, so it's made by hand."""

    def part(value: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    signed = part({"alg": "HS256", "typ": "JWT", "kid": "one"}) + b"." + part(CLAIMS)
    digest = hmac.new(PUBLIC_PEM, signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(digest).rstrip(b"=")).decode()


FORGED: dict[str, Any] = {
    "nothing": "",
    "no token": "{}",
    "two parts": "a.b",
    "not ASCII": "é.é.é",
    "no signature": jwt.encode(CLAIMS, None, algorithm="none", headers={"kid": "one"}),
    "a signature that was cut off": token(CLAIMS).rpartition(".")[0] + ".",
    "an HMAC with the public key": _hmac_with_the_public_key(),
    "an HMAC with any key": token(CLAIMS, "x" * 32, "HS256"),
    "another key": token(CLAIMS, OTHER_PRIVATE, "ES256"),
    "another algorithm for the same key": token(CLAIMS, OTHER_PRIVATE, "ES256", kid="one"),
    "an unknown key": token(CLAIMS, kid="two"),
    "expired": token(CLAIMS | {"exp": int(time.time()) - 5}),
    "not valid yet": token(CLAIMS | {"nbf": int(time.time()) + 600}),
}


@pytest.mark.parametrize("sent", FORGED.values(), ids=FORGED)
async def test_a_token_that_proves_nothing_is_refused(keys: KeyServer, sent: str) -> None:
    """Only somebody who has a private key can make a token."""
    assert await keys.check().proven({}, sent.encode()) is None


async def test_other_claims_under_the_same_signature_are_refused(keys: KeyServer) -> None:
    """One byte is enough."""
    head, claims, signature = token(CLAIMS).split(".")
    changed = ("A" if claims[0] != "A" else "B") + claims[1:]
    assert await keys.check().proven({}, f"{head}.{changed}.{signature}".encode()) is None


async def test_issuer_and_audience_count_where_they_are_set(keys: KeyServer) -> None:
    """If they're null, a token may have any, or none."""
    named = token(CLAIMS | {"iss": "lms", "aud": "us"}).encode()
    assert await keys.check().proven({}, named)
    assert await keys.check("lms", "us").proven({}, named)
    for issuer, audience in (("other", None), (None, "other")):
        assert await keys.check(issuer, audience).proven({}, named) is None
        assert await keys.check(issuer, audience).proven({}, token(CLAIMS).encode()) is None


async def test_unknown_keys_lead_to_one_fetch_a_minute(keys: KeyServer) -> None:
    """Anybody can send any number of tokens with made-up keys."""
    check = keys.check()
    made_up = [token(CLAIMS, kid=f"made up {number}").encode() for number in range(20)]
    assert not any(await asyncio.gather(*(check.proven({}, sent) for sent in made_up)))
    assert keys.fetched == 1
    assert await check.proven({}, token(CLAIMS).encode())
    keys.now += 59
    assert await check.proven({}, made_up[0]) is None
    assert keys.fetched == 1
    keys.now += 2
    assert await check.proven({}, made_up[0]) is None
    assert keys.fetched == 2


async def test_a_new_key_is_found(keys: KeyServer) -> None:
    """Senders rotate their keys, and sign with the new one at once."""
    check = keys.check()
    assert await check.proven({}, token(CLAIMS).encode())
    keys.document = key_set(one=PRIVATE, two=OTHER_PRIVATE)
    assert await check.proven({}, token(CLAIMS, OTHER_PRIVATE, "ES256", kid="two").encode())
    assert keys.fetched == 2


async def test_a_key_that_was_withdrawn_is_trusted_no_longer_than_an_hour(keys: KeyServer) -> None:
    """As long as the sender can be asked."""
    check = keys.check()
    assert await check.proven({}, token(CLAIMS).encode())
    keys.document = key_set(two=OTHER_PRIVATE)
    keys.now += 3601
    # Nobody waits for news of a key that was there an hour ago.
    assert await check.proven({}, token(CLAIMS).encode())
    await asyncio.sleep(0.2)
    assert await check.proven({}, token(CLAIMS).encode()) is None


async def test_a_key_that_nobody_has_asked_about_for_long_is_looked_up_first(keys: KeyServer) -> None:
    """Otherwise a key that was withdrawn long ago would count once more."""
    check = keys.check()
    assert await check.proven({}, token(CLAIMS).encode())
    keys.document = key_set(two=OTHER_PRIVATE)
    keys.now += 7201
    assert await check.proven({}, token(CLAIMS).encode()) is None


async def test_made_up_keys_do_not_multiply_fetches_while_the_server_is_slow(keys: KeyServer) -> None:
    """If somebody gives up waiting, the fetch doesn't end, and the next one doesn't start another."""
    keys.hangs = True
    check = keys.check()
    waiting = [asyncio.create_task(check.proven({}, token(CLAIMS, kid=f"made up {n}").encode())) for n in range(5)]
    await asyncio.sleep(0.3)
    waiting[0].cancel()
    assert await asyncio.gather(*waiting[1:]) == [None] * 4
    assert await check.proven({}, token(CLAIMS, kid="another").encode()) is None
    assert keys.fetched == 1


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256"])
async def test_a_key_without_an_algorithm_serves_for_those_of_its_type(keys: KeyServer, algorithm: str) -> None:
    """A key that names an algorithm works only for that one. A key for encryption works for none."""
    sent = token(CLAIMS, algorithm=algorithm).encode()
    document = json.loads(keys.document)
    assert "alg" not in document["keys"][0]
    assert await keys.check().proven({}, sent)
    keys.document = json.dumps({"keys": [document["keys"][0] | {"alg": "RS256"}]})
    assert (await keys.check().proven({}, sent) is not None) is (algorithm == "RS256")
    keys.document = json.dumps({"keys": [document["keys"][0] | {"use": "enc"}]})
    assert await keys.check().proven({}, sent) is None


async def test_claims_of_the_event_are_not_checked(keys: KeyServer) -> None:
    """They may be numbers, and the sender's clock may be a little ahead."""
    for claims in ({"sub": 5}, {"jti": 7}, {"iat": int(time.time()) + 60}):
        assert await keys.check().proven({}, token(CLAIMS | claims).encode()), claims


@pytest.mark.parametrize("trouble", ["status 500", "status 302", "no JSON", "no keys", "hangs"])
async def test_known_keys_count_while_no_others_are_to_be_had(keys: KeyServer, trouble: str) -> None:
    """They're requested once a minute, for at most three seconds."""
    check = keys.check()
    assert await check.proven({}, token(CLAIMS).encode())
    keys.hangs = trouble == "hangs"
    keys.status = int(trouble.split()[1]) if trouble.startswith("status") else 200
    keys.document = {"no JSON": "<html>", "no keys": "[]"}.get(trouble, keys.document)
    keys.now += 3601
    begun = time.monotonic()
    assert await check.proven({}, token(CLAIMS).encode())
    assert await check.proven({}, token(CLAIMS, kid="two").encode()) is None
    assert time.monotonic() - begun < 3.5
    assert await check.proven({}, token(CLAIMS).encode())
    assert keys.fetched == 2


async def test_a_token_without_the_name_of_a_key_means_the_only_one(keys: KeyServer) -> None:
    """With several keys, it could mean any of them."""
    assert await keys.check().proven({}, token(CLAIMS, kid=None).encode())
    keys.document = key_set(one=PRIVATE, two=OTHER_PRIVATE)
    assert await keys.check().proven({}, token(CLAIMS, kid=None).encode()) is None


async def test_a_symmetric_key_proves_nothing(keys: KeyServer) -> None:
    """Everybody can read what's published, and could sign with it."""
    secret = b"x" * 32
    entry = {"kty": "oct", "kid": "two", "alg": "HS256", "k": base64.urlsafe_b64encode(secret).decode().rstrip("=")}
    keys.document = json.dumps({"keys": [*json.loads(key_set(one=PRIVATE))["keys"], entry]})
    assert await keys.check().proven({}, token(CLAIMS, secret.decode(), "HS256", kid="two").encode()) is None


async def test_a_clock_that_is_ahead_a_little_loses_no_event(keys: KeyServer) -> None:
    """The time when a token was issued proves nothing."""
    assert await keys.check().proven({}, token(CLAIMS | {"iat": int(time.time()) + 60}).encode())


async def test_keys_come_from_their_address_only(keys: KeyServer) -> None:
    """A redirect isn't followed, and an error response has no keys."""
    for status in (302, 404):
        keys.status = status
        assert await keys.check().proven({}, token(CLAIMS).encode()) is None


async def test_a_key_document_has_a_size(keys: KeyServer) -> None:
    """A larger one isn't read to its end."""
    keys.document += " " * 1_000_001
    assert await keys.check().proven({}, token(CLAIMS).encode()) is None
