"""What counts as one of this app's envelopes, and what only looks like one."""

import json

import pytest

from activities.domain.errors import NewerVersion
from activities.storage.envelope import ControlEnvelope, Envelope, read

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
    "around a blob": ({"blob": "nonce-1"}, None),
}
DAMAGED = {
    "neither text nor blob": {},
    "text that is not base64": {"original": "a", "encoding": "base64"},
    "base64 that is not ASCII": {"original": "é", "encoding": "base64"},
    "a blob without a name": {"blob": ""},
    "a blob elsewhere": {"blob": "../secrets/x"},
    "a blob with a very long name": {"blob": "x" * 2000},
    "a very long enrolment id": {"original": "{}", "enrollmentId": "x" * 60_000},
    "failures that are no failures": {"original": "{}", "failing": {"tries": "many"}},
    "an older version": {"original": "{}", "envelope": "lms-activity-sync/0"},
    "another marker": {"original": "{}", "envelope": "lms-activity-sync"},
    "a control message without a record": {"control": "check"},
    "a control message about a strange record": {"control": "check", "record": "../x"},
}


@pytest.mark.parametrize(("parts", "body"), GENUINE.values(), ids=GENUINE)
def test_an_envelope_is_read(parts: dict[str, str], body: bytes | None) -> None:
    """An envelope holds the original message, or the name of the blob that holds it."""
    envelope = read(json.dumps(ENVELOPE | parts).encode())
    assert isinstance(envelope, Envelope)
    assert body == envelope.body()


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_envelope_is_not_read(damage: dict[str, object]) -> None:
    """A text that only looks like an envelope is treated as a message, which is then refused and kept as it is."""
    assert read(json.dumps(ENVELOPE | damage).encode()) is None


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"null", b"{}", b"[" * 100_000, b"\xff"], ids=lambda text: ascii(text[:9])
)
def test_any_other_text_is_none_of_this_app(text: bytes) -> None:
    """Whatever is on the queue, reading it raises no exception."""
    assert read(text) is None


def test_a_control_message_has_the_same_marker() -> None:
    """A control message names a record by its row key."""
    message = {"envelope": "lms-activity-sync/1", "control": "check", "record": "0" * 64}
    assert read(json.dumps(message).encode()) == ControlEnvelope(control="check", record="0" * 64)


@pytest.mark.parametrize("parts", [{"original": "{}"}, {"control": "check", "record": "0" * 64}, {"anything": 1}])
def test_what_newer_code_has_written_is_not_read(parts: dict[str, object]) -> None:
    """Anything that newer code has written would be misread."""
    with pytest.raises(NewerVersion):
        read(json.dumps(ENVELOPE | parts | {"envelope": "lms-activity-sync/2"}).encode())
