"""The setting WEBHOOKS: a mistake closes one sender, or all if nothing can be read, and is named."""

import base64
import json
from typing import Any

import pytest
from pydantic import SecretStr

from activities.webhooks.senders import Senders, formats_of_senders, read_senders
from tests.activities.webhooks.proofs import NEXT, PROOFS, SECRETS, WEBHOOKS, bearer, standard

FORMATS = {"native", "xapi", "docebo", "360learning", "learnupon", "canvas"}
CANVAS = {"scheme": "jwt", "keys": "https://keys.example/jwks", "issuer": None, "audience": None, "format": "canvas"}
HMAC = {"scheme": "hmac", "header": "X-S", "format": "xapi"}


def read(entry: object, name: str = "lms", secrets: dict[str, str] | None = None) -> Senders:
    """Read a setting with a correct sender, and this one."""
    known = {f"WEBHOOK_SECRET_{name.upper()}": "correct-horse-battery"} if secrets is None else secrets
    text = json.dumps({"openedx": WEBHOOKS["openedx"], name: entry})
    return read_senders(text, SECRETS | {one: SecretStr(value) for one, value in known.items()}, FORMATS)


def test_all_schemes_are_read() -> None:
    """The secrets are in the app settings with the sender's name."""
    senders = read_senders(json.dumps(WEBHOOKS | {"canvas": CANVAS}), SECRETS, FORMATS)
    assert set(senders.open) == {*WEBHOOKS, "canvas"}
    assert senders.faults == []
    assert {name: sender.format for name, sender in senders.open.items()} == {
        name: entry["format"] for name, entry in (WEBHOOKS | {"canvas": CANVAS}).items()
    }


def test_no_secret_is_shown() -> None:
    """An exception, or a failing test, may print a sender."""
    shown = repr(read_senders(json.dumps(WEBHOOKS), SECRETS, FORMATS))
    assert not [one for one in SECRETS.values() if one.get_secret_value() in shown]


def _without(entry: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != name}


WRONG: dict[str, tuple[object, str]] = {
    "not an object": ("bearer", "scheme: "),
    "no scheme": ({"format": "xapi"}, "scheme: "),
    "an unknown scheme": ({"scheme": "oauth", "format": "xapi"}, "scheme: "),
    "no format": ({"scheme": "bearer"}, "format: Field required"),
    "an unknown format": ({"scheme": "bearer", "format": "xpai"}, "format: there's no such format"),
    "an unknown property": ({"scheme": "bearer", "format": "xapi", "user": "x"}, "user: Extra inputs"),
    "no user": ({"scheme": "basic", "format": "xapi"}, "user: Field required"),
    "a user with a colon": (
        {"scheme": "basic", "user": "a:b", "format": "xapi"},
        "user: a user name can't have a colon",
    ),
    "no header": (_without(HMAC, "header"), "header: Field required"),
    "no name of a header": (HMAC | {"header": "X S"}, "header: not the name of a header"),
    "an unknown algorithm": (HMAC | {"algorithm": "md5"}, "algorithm: "),
    "an unknown encoding": (HMAC | {"encoding": "base32"}, "encoding: "),
    "a signature of nothing": (HMAC | {"signed": []}, "signed: "),
    "a signature without the body": (HMAC | {"signed": ["X-Id"]}, "signed: must include body"),
    "a time that is not signed": (HMAC | {"timestampHeader": "X-T"}, "timestampHeader: must be in signed"),
    "no keys": (_without(CANVAS, "keys"), "keys: Field required"),
    "keys over http": (CANVAS | {"keys": "http://keys.example/jwks"}, "keys: use https"),
    "keys in a file": (CANVAS | {"keys": "file:///etc/passwd"}, "keys: use https"),
    "keys at no host": (CANVAS | {"keys": "https:///jwks"}, "keys: use https"),
    "an issuer that is no text": (CANVAS | {"issuer": 1}, "issuer: "),
}


@pytest.mark.parametrize(("entry", "fault"), WRONG.values(), ids=WRONG)
def test_an_impossible_sender_is_closed_alone(entry: object, fault: str) -> None:
    """The fault names the property. The other sender stays open."""
    senders = read(entry)
    assert set(senders.open) == {"openedx"}
    [(name, said)] = senders.faults
    assert name == "lms"
    assert said.startswith(fault) or f"{fault.split(':', maxsplit=1)[0]}:" in said


@pytest.mark.parametrize("name", ["Moodle", "m", "1lms", "my-lms", "a" * 32, "", "lms\n", "é" * 3])
def test_a_name_is_short_and_plain(name: str) -> None:
    """It becomes part of an address and of an app setting's name."""
    senders = read(WEBHOOKS["openedx"], name)
    assert set(senders.open) == {"openedx"}
    assert "a name must" in senders.faults[0][1]


@pytest.mark.parametrize(
    "text", ["{", "[]", '"x"', "null", '{"a": 1, "a": 2}', "@Microsoft.KeyVault(SecretUri=x)", "["]
)
def test_a_setting_that_cannot_be_read_closes_all(text: str) -> None:
    """With one fault."""
    senders = read_senders(text, SECRETS, FORMATS)
    assert (senders.open, len(senders.faults)) == ({}, 1)
    assert senders.faults[0][1].startswith("all are closed: WEBHOOKS")
    assert formats_of_senders(text) is None


def test_without_the_setting_there_is_nobody() -> None:
    """And nothing is wrong."""
    for text in (None, "", "{}"):
        assert read_senders(text, {}, FORMATS) == Senders()
        assert formats_of_senders(text) == {}


SECRET_FAULTS = {
    "missing": ({}, "WEBHOOK_SECRET_LMS: missing"),
    "empty": ({"WEBHOOK_SECRET_LMS": ""}, "WEBHOOK_SECRET_LMS: missing"),
    "short": ({"WEBHOOK_SECRET_LMS": "fifteen letters"}, "WEBHOOK_SECRET_LMS: has fewer than 16 characters"),
    "unresolved": (
        {"WEBHOOK_SECRET_LMS": "@Microsoft.KeyVault(VaultName=v;SecretName=s)"},
        "WEBHOOK_SECRET_LMS: a key vault reference",
    ),
    "a line end": (
        {"WEBHOOK_SECRET_LMS": "correct-horse-battery\n"},
        "WEBHOOK_SECRET_LMS: has white space before or after it",
    ),
    "only the next one": ({"WEBHOOK_SECRET_LMS_NEXT": "correct-horse-battery"}, "WEBHOOK_SECRET_LMS: missing"),
}


@pytest.mark.parametrize(("secrets", "fault"), SECRET_FAULTS.values(), ids=SECRET_FAULTS)
def test_a_sender_without_a_secret_is_closed(secrets: dict[str, str], fault: str) -> None:
    """The fault names the app setting, and never shows its value."""
    senders = read({"scheme": "bearer", "format": "xapi"}, secrets=secrets)
    assert "lms" not in senders.open
    [(_, said)] = senders.faults
    assert said.startswith(fault)


def test_a_signing_secret_has_to_be_base64() -> None:
    """The library would sign with whatever it can make of it, so nothing would ever match."""
    senders = read(
        {"scheme": "standardWebhooks", "format": "xapi"}, secrets={"WEBHOOK_SECRET_LMS": "correct horse! battery"}
    )
    assert senders.faults == [("lms", "WEBHOOK_SECRET_LMS: not a valid secret for this scheme")]


async def test_two_secrets_count_during_a_rotation() -> None:
    """The sender may use either."""
    both = {"WEBHOOK_SECRET_LMS": "correct-horse-battery", "WEBHOOK_SECRET_LMS_NEXT": NEXT}
    check = read({"scheme": "bearer", "format": "xapi"}, secrets=both).open["lms"].check
    for secret, counts in (("correct-horse-battery", True), (NEXT, True), ("neither-horse-battery", False)):
        headers = {"authorization": bearer(secret=secret)["Authorization"]}
        assert (await check.proven(headers, b"x") is not None) is counts


@pytest.mark.parametrize("following", ["short", "@Microsoft.KeyVault(SecretUri=https://v/s)"])
async def test_an_impossible_next_secret_is_ignored(following: str) -> None:
    """The sender stays open with its current secret, and the fault is reported."""
    secrets = {"WEBHOOK_SECRET_LMS": "correct-horse-battery", "WEBHOOK_SECRET_LMS_NEXT": following}
    senders = read({"scheme": "bearer", "format": "xapi"}, secrets=secrets)
    check = senders.open["lms"].check
    assert await check.proven({"authorization": "Bearer correct-horse-battery"}, b"x") == b"x"
    assert await check.proven({"authorization": f"Bearer {following}"}, b"x") is None
    [(name, said)] = senders.faults
    assert name == "lms"
    assert said.startswith("WEBHOOK_SECRET_LMS_NEXT: ")
    assert said.endswith("; it is ignored")


def test_the_default_of_a_signature_is_the_hexadecimal_sha256_of_the_body() -> None:
    """As the contract says."""
    full = HMAC | {"algorithm": "sha256", "encoding": "hex", "prefix": "", "signed": ["body"], "separator": "."}
    assert read(full).faults == read(HMAC).faults == []


def test_formats_are_known_of_closed_senders_too() -> None:
    """Their events may still be on the queue, and their settings in LMS_SOURCES."""
    text = json.dumps({"one": {"format": "xapi", "scheme": "?"}, "two": 2, "three": None, "four": WEBHOOKS["openedx"]})
    assert formats_of_senders(text) == {"one": "", "two": "", "three": "", "four": "xapi"}


async def test_standard_secrets_may_lack_their_prefix() -> None:
    """Vendors show them with it or without it."""
    secret = SECRETS["WEBHOOK_SECRET_LEARNING360"].get_secret_value()
    entry = {"scheme": "standardWebhooks", "format": "xapi"}
    check = read(entry, secrets={"WEBHOOK_SECRET_LMS": secret.removeprefix("whsec_")}).open["lms"].check
    assert await check.proven(standard(b"{}"), b"{}") == b"{}"


OTHER_SIGNING = "whsec_" + base64.b64encode(b"b key of twenty-four bytes").decode()


@pytest.mark.parametrize("name", PROOFS)
async def test_two_secrets_count_in_each_scheme(name: str) -> None:
    """During a rotation, the sender may use either."""
    current = SECRETS[f"WEBHOOK_SECRET_{name.upper()}"].get_secret_value()
    following = OTHER_SIGNING if name == "learning360" else NEXT
    secrets = {"WEBHOOK_SECRET_LMS": current, "WEBHOOK_SECRET_LMS_NEXT": following}
    check = read(WEBHOOKS[name] | {"format": "xapi"}, secrets=secrets).open["lms"].check
    for secret in (current, following):
        proof = PROOFS[name](b"{}", secret=secret)  # type: ignore[call-arg, operator]
        assert await check.proven({one.lower(): value for one, value in proof.items()}, b"{}") == b"{}"


async def test_a_next_secret_that_the_scheme_cannot_have_is_ignored() -> None:
    """Like one that's too short."""
    current = SECRETS["WEBHOOK_SECRET_LEARNING360"].get_secret_value()
    secrets = {"WEBHOOK_SECRET_LMS": current, "WEBHOOK_SECRET_LMS_NEXT": "correct horse! battery"}
    senders = read({"scheme": "standardWebhooks", "format": "xapi"}, secrets=secrets)
    assert senders.faults == [("lms", "WEBHOOK_SECRET_LMS_NEXT: not a valid secret for this scheme; it is ignored")]
    assert await senders.open["lms"].check.proven(standard(b"{}"), b"{}") == b"{}"


def test_a_reference_is_no_secret_however_it_is_written() -> None:
    """Azure accepts it in any case."""
    for text in (" @Microsoft.KeyVault(SecretUri=x)", "@microsoft.keyvault(SecretUri=x)"):
        senders = read({"scheme": "bearer", "format": "xapi"}, secrets={"WEBHOOK_SECRET_LMS": text})
        assert "lms" not in senders.open


def test_names_of_headers_count_in_any_case() -> None:
    """As in HTTP."""
    assert read(HMAC | {"signed": ["x-time", "body"], "timestampHeader": "X-Time"}).faults == []
