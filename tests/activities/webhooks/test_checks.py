"""What proves who a sender is, and what doesn't."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping

import pytest

from activities.webhooks.checks.check import is_one_of
from activities.webhooks.checks.signature import SignatureCheck
from activities.webhooks.schemes import Hmac
from activities.webhooks.senders import Sender, read_senders
from tests.activities.webhooks.proofs import (
    NEXT,
    PROOFS,
    SECRET,
    SECRETS,
    SIGNING_SECRET,
    WEBHOOKS,
    basic,
    bearer,
    header,
    hex_hmac,
    standard,
    timed_hmac,
)

BODY = b'{"payloads": [1, 2]}'
OTHER_SECRET = "whsec_" + base64.b64encode(b"b key of twenty-four bytes").decode()


def sender(name: str) -> Sender:
    """Return a configured sender."""
    formats = {str(entry["format"]) for entry in WEBHOOKS.values()}
    return read_senders(json.dumps(WEBHOOKS), SECRETS, formats).open[name]


async def proven(name: str, headers: Mapping[str, str], body: bytes = BODY) -> bool:
    """Tell whether these headers prove that the sender has sent this body."""
    lower = {name.lower(): value for name, value in headers.items()}
    return await sender(name).check.proven(lower, body) == body


@pytest.mark.parametrize("name", PROOFS)
async def test_each_scheme_accepts_its_own_proof(name: str) -> None:
    """What the sender's own client computes is accepted."""
    assert await proven(name, PROOFS[name](BODY))


@pytest.mark.parametrize("name", PROOFS)
async def test_no_proof_is_none(name: str) -> None:
    """Neither missing headers nor empty ones."""
    assert not await proven(name, {})
    assert not await proven(name, dict.fromkeys(PROOFS[name](BODY), ""))


@pytest.mark.parametrize("name", PROOFS)
async def test_the_proof_of_another_sender_is_none(name: str) -> None:
    """Each sender has its own secret and a scheme."""
    for other in PROOFS:
        if other != name:
            assert not await proven(name, PROOFS[other](BODY)), other
    secret = OTHER_SECRET if name == "learning360" else NEXT
    assert not await proven(name, PROOFS[name](BODY, secret=secret))  # type: ignore[call-arg, operator]


@pytest.mark.parametrize("name", PROOFS)
async def test_a_header_twice_is_no_proof(name: str) -> None:
    """The host joins them with a comma. Nobody knows which of the two was meant."""
    headers = PROOFS[name](BODY)
    for one, value in headers.items():
        for twice in (f"{value},{value}", f"{value},x", f"x,{value}"):
            assert not await proven(name, {**headers, one: twice}), (one, twice)


@pytest.mark.parametrize("name", ["learning360", "learnupon", "hr"])
async def test_a_signature_covers_every_byte(name: str) -> None:
    """If one byte of the body was changed, the signature doesn't match."""
    headers = PROOFS[name](BODY)
    for changed in (BODY + b"\n", BODY[:-1], BODY.replace(b"1", b"3"), b""):
        assert not await proven(name, headers, changed)


@pytest.mark.parametrize(("name", "proof"), [("learning360", standard), ("hr", timed_hmac)])
async def test_a_signature_expires(name: str, proof: object) -> None:
    """A request that somebody has recorded is worth nothing after five minutes."""
    assert callable(proof)
    for age, counts in ((290, True), (-290, True), (310, False), (-310, False)):
        assert await proven(name, proof(BODY, age=age)) is counts, age


@pytest.mark.parametrize("text", ["soon", "", "-1", "1e9", "1760000000.0", "١٢٣", "9" * 13])
async def test_the_time_of_a_signature_is_in_whole_seconds(text: str) -> None:
    """A signature with the time written another way is no proof."""
    digest = hmac.new(b"correct-horse-battery", f"{text}:".encode() + BODY, hashlib.sha512).digest()
    signed = {"X-Time": text, "X-Signature": "v0=" + base64.b64encode(digest).decode()}
    assert not await proven("hr", signed)


async def test_hexadecimal_digits_count_in_either_case() -> None:
    """Vendors differ in this."""
    [(name, value)] = hex_hmac(BODY).items()
    assert await proven("learnupon", {name: value.upper()})


async def test_another_encoding_is_no_proof() -> None:
    """Neither base64 in place of hexadecimal digits, nor the reverse, nor spaces between them."""
    digest = hmac.new(b"correct-horse-battery", BODY, hashlib.sha256).digest()
    for text in (base64.b64encode(digest).decode(), digest.hex(" "), digest.hex()[:-1], f"sha256={digest.hex()}", "é"):
        assert not await proven("learnupon", {"X-Webhook-Signature": text}), text
    headers = timed_hmac(BODY)
    digest = base64.b64decode(headers["X-Signature"].removeprefix("v0="))
    for text in (f"v0={digest.hex()}", base64.b64encode(digest).decode(), "v0=", "v0=é", "v0=====", "x" * 5000):
        assert not await proven("hr", {**headers, "X-Signature": text}), text


async def test_what_is_not_signed_is_no_proof() -> None:
    """A header that the configuration names is missing."""
    headers = timed_hmac(BODY)
    assert not await proven("hr", {"X-Signature": headers["X-Signature"]})
    named = Hmac(scheme="hmac", header="X-S", format="native", signed=["X-Id", "body"])
    check = SignatureCheck(named, (SECRET,))
    of_the_body = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
    of_both = hmac.new(SECRET.encode(), b"7." + BODY, hashlib.sha256).hexdigest()
    assert await check.proven({"x-s": of_both, "x-id": "7"}, BODY) == BODY
    assert await check.proven({"x-s": of_the_body}, BODY) is None


WRONG_BASIC = ["Basic", "Basic ", "Basic %%%", "Basic bGFz", "Bearer bGFz", "Basic bG1zOg==", "Digest x", "Basic é"]


@pytest.mark.parametrize("value", WRONG_BASIC)
async def test_damaged_credentials_are_no_proof(value: str) -> None:
    """They get the same response as wrong ones."""
    assert not await proven("moodle", {"Authorization": value})
    assert not await proven("openedx", {"Authorization": value})


async def test_the_name_of_the_scheme_counts_in_any_case() -> None:
    """RFC 9110, section 11.1."""
    for name, headers in (("moodle", basic()), ("openedx", bearer())):
        scheme, _, rest = headers["Authorization"].partition(" ")
        assert await proven(name, {"Authorization": f"{scheme.upper()} {rest}"})
        assert not await proven(name, {"Authorization": f"Token {rest}"})
    assert not await proven("moodle", basic(user="LMS"))
    assert not await proven("docebo", header(secret="Correct-horse-battery"))


DAMAGED = {
    "no version": {"webhook-signature": "abc"},
    "not base64": {"webhook-signature": "v1,%%%"},
    "another version": {"webhook-signature": "v1a,abc"},
    "no time": {"webhook-timestamp": "soon"},
    "no number": {"webhook-timestamp": "nan"},
    "nothing": {"webhook-signature": ""},
}


@pytest.mark.parametrize("changed", DAMAGED.values(), ids=DAMAGED)
async def test_damaged_headers_of_standard_webhooks_are_no_proof(changed: Mapping[str, str]) -> None:
    """The library raises other types of errors for some of them."""
    assert not await proven("learning360", {**standard(BODY), **changed})


async def test_signatures_of_standard_webhooks_are_read_strictly() -> None:
    """The library accepts any base64 that it can make sense of."""
    headers = standard(BODY)
    signature = headers["webhook-signature"]
    for text in (f"{signature}A", f"{signature}=", signature.replace("=", ""), f" {signature[:9]} {signature[9:]}"):
        assert not await proven("learning360", {**headers, "webhook-signature": text}), text
    assert await proven("learning360", {**headers, "webhook-signature": f"v1a,x? rubbish {signature}"})


async def test_one_of_several_signatures_is_enough() -> None:
    """A Standard Webhooks sender signs with both secrets during a rotation."""
    headers = standard(BODY)
    both = f"{standard(BODY, secret=OTHER_SECRET)['webhook-signature']} {headers['webhook-signature']}"
    assert await proven("learning360", {**headers, "webhook-signature": both})


async def test_the_body_may_be_any_bytes() -> None:
    """It may be compressed, or in another encoding."""
    body = b"\x1f\x8b\xff\xfe"
    at = str(int(time.time()))
    key = base64.b64decode(SIGNING_SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"m.{at}.".encode() + body, "sha256")).decode()
    headers = {"webhook-id": "m", "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
    assert await proven("learning360", headers, body)
    assert not await proven("learning360", headers, body + b"\xff")
    assert not await proven("learning360", standard(BODY), body)
    assert await proven("learnupon", hex_hmac(body), body)


def test_clocks_are_those_of_this_test() -> None:
    """Signed times are compared with the time of day."""
    assert abs(int(timed_hmac(BODY)["X-Time"]) - time.time()) < 5


def test_how_long_a_comparison_takes_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """All secrets are compared in constant time, even after one that matches."""
    compared = []

    def compare(given: bytes, expected: bytes) -> bool:
        compared.append(expected)
        return given == expected

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert is_one_of(b"a", [b"a", b"b"])
    assert compared == [b"a", b"b"]


@pytest.mark.parametrize(("name", "proof"), [("moodle", basic), ("openedx", bearer)], ids=["moodle", "openedx"])
async def test_another_scheme_is_no_proof(name: str, proof: Callable[[], Mapping[str, str]]) -> None:
    """Even if the secret is right."""
    _, _, rest = proof()["Authorization"].partition(" ")
    for scheme in ("Digest", "Token", ""):
        assert not await proven(name, {"Authorization": f"{scheme} {rest}"})


async def test_damaged_credentials_are_no_proof_although_the_secret_is_in_them() -> None:
    """Characters that aren't base64 aren't ignored."""
    value = basic()["Authorization"]
    assert not await proven("moodle", {"Authorization": f"{value[:10]}%{value[10:]}"})


async def test_another_prefix_is_no_proof() -> None:
    """Even if it has the same length."""
    headers = timed_hmac(BODY)
    assert not await proven("hr", {**headers, "X-Signature": headers["X-Signature"].replace("v0=", "v1=")})


async def test_the_time_of_a_signature_is_in_whole_seconds_also_if_it_is_now() -> None:
    """One way to write it is enough. A time that can be read in two ways will be misread sometime."""
    now = str(int(time.time()))
    digits = {ord(str(number)): chr(0x0660 + number) for number in range(10)}
    for text in (f"{now}.0", f"+{now}", f" {now}", f"{now[:4]}_{now[4:]}", now.translate(digits)):
        digest = hmac.new(b"correct-horse-battery", f"{text}:".encode() + BODY, hashlib.sha512).digest()
        signed = {"X-Time": text, "X-Signature": "v0=" + base64.b64encode(digest).decode()}
        assert not await proven("hr", signed), text
