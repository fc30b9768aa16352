"""The command that publishes an event writes what every queue message can hold."""

import json

import pytest

from activities.intake.json_body import MalformedError, decode
from tools.develop.publish import in_ascii


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "b"}\n',
        '{"notes": "größer 😀 \ufffe\uffff\x7f\u2028"}',
        '{"percentage": 50.0, "big": 12345678901234567890, "escaped": "\\u00e9\\n"}',
    ],
)
def test_an_event_keeps_its_meaning(text: str) -> None:
    """Only characters that are not ASCII are written otherwise."""
    written = in_ascii(text)
    assert written.isascii()
    assert json.loads(written) == json.loads(text)
    if text.isascii():
        assert written == text


@pytest.mark.parametrize("text", ['{"a": 1, "a": "é"}', '{"a": "\x01"}', "\x00", "größer"])
def test_what_is_no_event_is_sent_too(text: str) -> None:
    """The app then says what is wrong with it."""
    written = in_ascii(text)
    assert written.isascii()
    with pytest.raises(MalformedError):
        decode(written.encode())
