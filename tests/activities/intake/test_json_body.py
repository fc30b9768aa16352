"""JSON in message bodies: how publishers write it, and how they shouldn't."""

import base64
import codecs
import json

import pytest

from activities.intake.json_body import MalformedError, decode, dumps

VALUE = {"eventId": "e-17", "learner": {"email": "adele.vance@contoso.com"}}
TEXT = json.dumps(VALUE)
PLAIN = TEXT.encode()

WRITTEN = {
    "plain": PLAIN,
    "indented": json.dumps(VALUE, indent=2).encode(),
    "with a byte order mark": codecs.BOM_UTF8 + PLAIN,
    "with blanks around it": b"\r\n " + PLAIN + b"\n",
    "base64": base64.b64encode(PLAIN),
    "base64 with line breaks": base64.encodebytes(PLAIN),
    "base64 of a byte order mark": base64.b64encode(codecs.BOM_UTF8 + PLAIN),
    "base64 twice": base64.b64encode(base64.b64encode(PLAIN)),
    "what Python prints for bytes": str(PLAIN).encode(),
    "what Python prints for base64": str(base64.b64encode(PLAIN)).encode(),
    "what Python prints for bytes with an apostrophe": b'b"' + PLAIN.replace(b'"', b"\\x22") + b'"',
}


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN)
def test_the_encoding_does_not_matter(body: bytes) -> None:
    """However a publisher encodes a value, it's the same value."""
    assert decode(body) == VALUE


def five_times(body: bytes) -> bytes:
    """Return base64 of base64 of base64 of base64 of base64."""
    for _ in range(5):
        body = base64.b64encode(body)
    return body


MALFORMED = {
    "empty": (b"", "the message is empty"),
    "blank": (b" \r\n\t", "the message is empty"),
    "only a byte order mark": (codecs.BOM_UTF8, "the message is empty"),
    "not UTF-8": (b'{"a": "\xff\xfe"}', "not UTF-8"),
    "UTF-16": (TEXT.encode("utf-16"), "not UTF-8"),
    "truncated": (PLAIN[:-2], "not JSON: Expecting ',' delimiter at character "),
    "text after the end": (PLAIN + b"}", "not JSON: Extra data at character "),
    "objects, 10,000 deep": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested too deeply"),
    "arrays, 10,000 deep": (b"[" * 10_000 + b"]" * 10_000, "nested too deeply"),
    "NUL": (b"\x00", "neither JSON nor base64"),
    "NUL in a text": (b'{"eventId": "1.0\x00"}', "not JSON: Invalid control character"),
    "NaN": (b'{"eventId": NaN}', "NaN and Infinity are not JSON"),
    "infinity": (b'{"eventId": -Infinity}', "NaN and Infinity are not JSON"),
    "a property twice": (b'{"eventId": "1", "eventId": "1"}', "an object has the same property twice"),
    "a huge integer": (b'{"eventId": ' + b"9" * 5000 + b"}", "a number has too many digits"),
    "base64 of other bytes": (base64.b64encode(b"\x00\x01\x02\xff"), "not UTF-8"),
    "base64 with a foreign character": (b"eyJzcGVj*", "neither JSON nor base64"),
    "base64 with too much padding": (b"eyJhIjogMX0=====", "neither JSON nor base64"),
    "base64 without its padding": (b"eyJhIjogMX0", "neither JSON nor base64"),
    "base64 five times": (five_times(PLAIN), "encoded more than 3 times"),
    "damaged bytes of Python": (rb"b'\xzz'", "what Python prints for bytes, but damaged"),
    "XML": (b"<event><type>course.assigned</type></event>", "neither JSON nor base64"),
    "64 KiB of one letter": (b"a" * 65_536, "not UTF-8"),
    "64 KiB of words": (b"lorem ipsum " * 5461, "neither JSON nor base64"),
}


@pytest.mark.parametrize(("body", "message"), MALFORMED.values(), ids=MALFORMED)
def test_other_bodies_are_malformed(body: bytes, message: str) -> None:
    """The error says what's wrong with the body, and doesn't quote it."""
    with pytest.raises(MalformedError) as error:
        decode(body)
    assert str(error.value).startswith(message)
    assert "adele.vance@contoso.com" not in str(error.value)


@pytest.mark.parametrize("number", ["1e999", "-1E400", "1" + "0" * 400 + ".0"])
def test_a_number_beyond_a_double_is_its_text(number: str) -> None:
    """It doesn't count as a number. It can be written again, and other properties aren't affected."""
    value = decode(f'{{"a": {number}, "b": 1.5}}'.encode())
    assert value == {"a": number, "b": 1.5}
    assert json.loads(dumps(value)) == value


@pytest.mark.parametrize("text", ["Zoë", "学习", "\U0001f4da", "a\u0085b\u2028c", 'tab\tquote"back\\'])
def test_written_text_is_short_and_the_same(text: str) -> None:
    """Writing doesn't change text, and escapes only what it has to."""
    value = {"enrollmentId": text, "n": [1, 2]}
    written = dumps(value)
    assert json.loads(written) == value
    assert len(written.encode()) < len(json.dumps(value, ensure_ascii=False).encode())


@pytest.mark.parametrize("odd", ["\ud800", "\ufffe", "\uffff", "\x00", "\x0b", "\r"])
def test_what_xml_cannot_hold_is_escaped(odd: str) -> None:
    """Queue messages travel in XML."""
    written = dumps({"a": odd})
    assert odd not in written
    assert json.loads(written) == {"a": odd}
