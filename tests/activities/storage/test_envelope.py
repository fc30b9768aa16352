"""What counts as an envelope of this app, and what only looks like one."""

import json

import pytest

from activities.storage.envelope import Envelope

ENVELOPE: dict[str, object] = {
    "envelope": "lms-activity-sync/1",
    "id": "x",
    "reason": "throttled",
    "detail": "",
    "attempt": 2,
    "firstSeen": "2026-01-01T00:00:00Z",
    "lastSeen": "2026-01-01T00:00:00Z",
}
GENUINE = {
    "around a text": ({"original": "{}"}, b"{}"),
    "around bytes": ({"original": "/w==", "encoding": "base64"}, b"\xff"),
    "around a blob": ({"blob": "retry/nonce-1"}, None),
}
DAMAGED = {
    "neither text nor blob": {},
    "text that is not base64": {"original": "a", "encoding": "base64"},
    "base64 that is not ASCII": {"original": "é", "encoding": "base64"},
    "a blob without a name": {"blob": ""},
    "a blob elsewhere": {"blob": "../secrets/x"},
    "a blob with a very long name": {"blob": "retry/" + "x" * 2000},
    "a very long enrolment id": {"original": "{}", "enrollmentId": "x" * 60_000},
    "an unknown version": {"original": "{}", "envelope": "lms-activity-sync/2"},
}


@pytest.mark.parametrize(("parts", "body"), GENUINE.values(), ids=GENUINE)
def test_an_envelope_is_read(parts: dict[str, str], body: bytes | None) -> None:
    """An envelope holds the original message, or the name of the blob that holds it."""
    envelope = Envelope.read(json.dumps(ENVELOPE | parts))
    assert envelope is not None
    assert body == envelope.body()


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_envelope_is_not_read(damage: dict[str, str]) -> None:
    """A text that only looks like an envelope is a message of its own."""
    assert Envelope.read(json.dumps(ENVELOPE | damage)) is None
