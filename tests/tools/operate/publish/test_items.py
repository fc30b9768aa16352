"""Messages are read from JSON lines or from one JSON document, and written so that a queue message can hold them."""

import json

import pytest

from activities.intake.json_body import MalformedError, decode
from tools.operate.publish.items import LARGEST, Item, in_ascii, items_in

LINES = b'{"a": 1}\n\n{"b": 2}\n[{"c": 3}, 4]\n'
DOCUMENT = b'{\n  "a": 1,\n  "b": "\xc3\xa9"\n}\n'


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "b"}\n',
        '{"notes": "größer 😀 \ufffe\uffff\x7f\u2028"}',
        '{"percentage": 50.0, "big": 12345678901234567890, "escaped": "\\u00e9\\n"}',
    ],
)
def test_an_event_keeps_its_meaning(text: str) -> None:
    """Only characters outside ASCII are written differently."""
    written = in_ascii(text)
    assert written.isascii()
    assert json.loads(written) == json.loads(text)
    if text.isascii():
        assert written == text


@pytest.mark.parametrize("text", ['{"a": 1, "a": "é"}', '{"a": "\x01"}', "\x00", "größer"])
def test_what_is_no_event_is_a_message_too(text: str) -> None:
    """Text that isn't an event is still sent, and the app reports what's wrong with it."""
    written = in_ascii(text)
    assert written.isascii()
    with pytest.raises(MalformedError):
        decode(written.encode())


def test_each_line_is_a_message() -> None:
    """Empty lines are skipped, and an array is split into its elements."""
    assert list(items_in(LINES.splitlines(keepends=True))) == [
        Item("1", '{"a": 1}'),
        Item("3", '{"b": 2}'),
        Item("4.1", '{"c":3}'),
        Item("4.2", "4"),
    ]


def test_a_document_is_one_message() -> None:
    """A document may span several lines. Its characters outside ASCII are escaped."""
    [item] = items_in(DOCUMENT.splitlines(keepends=True))
    assert (item.place, json.loads(item.text)) == ("1", {"a": 1, "b": "é"})
    assert item.text.isascii()


def test_the_elements_of_a_document_are_messages() -> None:
    """The elements are numbered from 1."""
    document = b'[\n{"a": 1},\n{"a": 2}\n]'
    assert list(items_in(document.splitlines(keepends=True))) == [Item("1", '{"a":1}'), Item("2", '{"a":2}')]


def test_a_byte_order_mark_is_no_part_of_a_message() -> None:
    """A byte order mark is skipped. Windows programs write one at the beginning of a file."""
    assert list(items_in([b'\xef\xbb\xbf{"a": 1}\n', b'{"a": 2}'])) == [Item("1", '{"a": 1}'), Item("2", '{"a": 2}')]


def test_a_damaged_first_line_costs_only_itself() -> None:
    """If the file's name says that it has JSON lines, a damaged first line affects no other line."""
    lines = [b'{"a": \n', b'{"a": 2}\n']
    assert [item.place for item in items_in(lines, by_line=True)] == ["1", "2"]
    assert [item.place for item in items_in(lines)] == ["1"]


def test_what_is_not_utf_8_is_a_message_too() -> None:
    """Text that isn't UTF-8 is passed on, and the app reports it."""
    [item] = items_in([b'{"a": "\xff"}\n'], by_line=True)
    with pytest.raises(MalformedError, match="not UTF-8"):
        decode(item.text.encode())


@pytest.mark.parametrize(
    ("text", "fits"), [("x" * LARGEST, True), ("x" * (LARGEST + 1), False), ("&" * LARGEST, False)]
)
def test_a_message_may_be_too_large(text: str, fits: bool) -> None:  # noqa: FBT001  what is expected
    """Some characters are longer in XML, so the message may not fit although its text would."""
    [item] = items_in([text.encode()])
    assert (item.fault is None) == fits
