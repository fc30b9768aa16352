"""The door: bodies of messages as publishers really write them, and as they should not."""

import base64
import codecs
import json
from typing import Any

import pytest

from activities.domain.outcomes import Reason
from activities.intake.parse import Batch, Ignored, Parsed, Refused, Understood, parse

EVENT: dict[str, Any] = {
    "specVersion": "1.0",
    "eventId": "e-17",
    "eventType": "course.assigned",
    "occurredAt": "2026-03-02T09:15:00+01:00",
    "enrollmentId": "hr-2026-000481",
    "activity": "assignment",
    "learner": {"userPrincipalName": "adele.vance@contoso.com"},
    "course": {"externalId": "SAFETY-101"},
    "assignment": {"type": "required"},
    "progress": {"status": "notStarted", "percentage": 20},
}
TEXT = json.dumps(EVENT)
PLAIN = TEXT.encode()


def changed(**values: object) -> bytes:
    """The event with other values."""
    return json.dumps(EVENT | values).encode()


def without(name: str) -> bytes:
    """The event without one property."""
    return json.dumps({key: value for key, value in EVENT.items() if key != name}).encode()


MALFORMED, INVALID, VERSION = Reason.MALFORMED, Reason.INVALID_EVENT, Reason.UNSUPPORTED_VERSION
BAD = {
    "empty": (b"", MALFORMED, "empty"),
    "blank": (b" \r\n\t", MALFORMED, "empty"),
    "byte order mark only": (codecs.BOM_UTF8, MALFORMED, "empty"),
    "not UTF-8": (b'{"a": "\xff\xfe"}', MALFORMED, "not UTF-8"),
    "UTF-16": (TEXT.encode("utf-16"), MALFORMED, "not UTF-8"),
    "truncated": (PLAIN[:-20], MALFORMED, "not JSON: "),
    "text after it": (PLAIN + b"}", MALFORMED, "not JSON: Extra data"),
    "a number": (b"42", MALFORMED, "an event is a JSON object, not int"),
    "a text": (b'"course.assigned"', MALFORMED, "an event is a JSON object, not str"),
    "null": (b"null", MALFORMED, "an event is a JSON object, not NoneType"),
    "an array of one number": (b"[1]", MALFORMED, "an event is a JSON object, not int"),
    "an empty object": (b"{}", MALFORMED, "no format recognises it"),
    "unknown to every format": (b'{"hello": "world"}', MALFORMED, "no format recognises it"),
    "depth 10,000": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, MALFORMED, ""),
    "arrays, 10,000 deep": (b"[" * 10_000 + b"]" * 10_000, MALFORMED, ""),
    "arrays, 900 deep": (b"[" * 900 + PLAIN + b"]" * 900, MALFORMED, "envelopes around envelopes"),
    "NUL": (b'{"specVersion": "1.0\x00"}', MALFORMED, "not JSON: Invalid control character"),
    "NaN": (b'{"specVersion": NaN}', MALFORMED, "NaN and Infinity are not JSON"),
    "infinity": (b'{"specVersion": -Infinity}', MALFORMED, "NaN and Infinity are not JSON"),
    "a property twice": (b'{"specVersion": "1.0", "specVersion": "1.0"}', MALFORMED, "a property stands twice"),
    "a huge integer": (b'{"specVersion": ' + b"9" * 5000 + b"}", MALFORMED, "a number with too many digits"),
    "base64 of something else": (base64.b64encode(b"\x00\x01\x02\xff"), MALFORMED, "not UTF-8"),
    "broken base64": (b"eyJzcGVj*", MALFORMED, "neither JSON nor base64"),
    "base64 twice": (base64.b64encode(base64.b64encode(PLAIN)), MALFORMED, "not JSON: "),
    "XML": (b"<event><type>course.assigned</type></event>", MALFORMED, "neither JSON nor base64"),
    "64 KiB of text": (b"a" * 65_536, MALFORMED, ""),
    "a batch that swells": (
        b'{"specversion":"1.0","type":"t","source":"' + b"s" * 32_000 + b'","data":[' + b"1," * 16_000 + b"1]}",
        MALFORMED,
        "a batch that is too large when taken apart",
    ),
    "no event type": (without("eventType"), INVALID, "event: union_tag_not_found"),
    "no version": (without("specVersion"), INVALID, "specVersion: missing"),
    "no event id": (without("eventId"), INVALID, "eventId: missing"),
    "no time": (without("occurredAt"), INVALID, "occurredAt: missing"),
    "no enrolment": (without("enrollmentId"), INVALID, "enrollmentId: missing"),
    "no learner": (without("learner"), INVALID, "learner: missing"),
    "no course": (without("course"), INVALID, "course: missing"),
    "no terms": (without("assignment"), INVALID, "assignment: missing"),
    "null where something is required": (changed(learner=None), INVALID, "learner: model_type"),
    "a learner without name": (changed(learner={}), INVALID, "learner: nothing in it"),
    "blank enrolment": (changed(enrollmentId="  "), INVALID, "enrollmentId: string_pattern_mismatch"),
    "unknown event type": (changed(eventType="course.viewed"), INVALID, "event: union_tag_invalid"),
    "unknown version": (changed(specVersion="1.1"), VERSION, "specVersion is not 1.0"),
    "a version that is no text": (changed(specVersion=1.0), VERSION, "specVersion is not 1.0"),
    "a time without offset": (changed(occurredAt="2026-03-02T09:15:00"), INVALID, "occurredAt: timezone_aware"),
    "a time that is a number": (changed(occurredAt=1772439300), INVALID, "occurredAt: not an ISO 8601"),
    "a day without time": (changed(occurredAt="2026-03-02"), INVALID, "occurredAt: not an ISO 8601"),
    "a day that is none": (
        changed(occurredAt="2026-02-30T09:15:00Z"),
        INVALID,
        "occurredAt: datetime_from_date_parsing",
    ),
    "the end of the calendar": (changed(occurredAt="9999-12-31T23:59:59-14:00"), INVALID, "occurredAt: outside of"),
    "percentage 101": (changed(progress={"percentage": 101}), INVALID, "progress.percentage: less_than_equal"),
    "percentage -1": (changed(progress={"percentage": -1}), INVALID, "progress.percentage: greater_than_equal"),
    "percentage 20.5": (changed(progress={"percentage": 20.5}), INVALID, "progress.percentage: int_type"),
    "percentage as text": (changed(progress={"percentage": "20"}), INVALID, "progress.percentage: int_type"),
    "unknown status": (changed(progress={"status": "passed"}), INVALID, "progress.status: literal_error"),
    "unknown assignment type": (changed(assignment={"type": "mandatory"}), INVALID, "assignment.type: literal_error"),
    "an id that is no GUID": (
        changed(learner={"entraObjectId": "7ba2228a"}),
        INVALID,
        "learner.entraObjectId: string_",
    ),
    "notes beyond the ledger": (
        changed(assignment={"type": "required", "notes": {"content": "x" * 31_000}}),
        INVALID,
        "assignment.notes.content: notes do not fit",
    ),
}


@pytest.mark.parametrize(("body", "reason", "detail"), BAD.values(), ids=BAD)
def test_a_bad_body_is_refused_with_its_reason(body: bytes, reason: Reason, detail: str) -> None:
    """What cannot be understood has a stable reason and says which field is wrong."""
    refused = parse(body)
    assert isinstance(refused, Refused)
    assert refused.reason is reason
    assert refused.detail.startswith(detail)


@pytest.mark.parametrize("secret", ["adele.vance@contoso.com", "SAFETY-101", "hr-2026-000481"])
@pytest.mark.parametrize("name", list(BAD))
def test_a_refusal_quotes_no_value(name: str, secret: str) -> None:
    """Details go to logs, so they name fields and never what stands in them."""
    refused = parse(BAD[name][0])
    assert isinstance(refused, Refused)
    assert secret not in refused.detail


WRITTEN = {
    "plain": PLAIN,
    "indented": json.dumps(EVENT, indent=2).encode(),
    "with a byte order mark": codecs.BOM_UTF8 + PLAIN,
    "with blanks around": b"\r\n " + PLAIN + b"\n",
    "base64": base64.b64encode(PLAIN),
    "base64 with line breaks": base64.encodebytes(PLAIN),
    "base64 of a byte order mark": base64.b64encode(codecs.BOM_UTF8 + PLAIN),
    "an array of one": b"[" + PLAIN + b"]",
    "an array of one, base64": base64.b64encode(b"[" + PLAIN + b"]"),
}


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN)
def test_one_event_in_many_writings(body: bytes) -> None:
    """However a publisher encodes the same event, it is the same event."""
    assert parse(body) == parse(PLAIN)
    assert isinstance(parse(PLAIN), Understood)


def items_of(parsed: Parsed) -> tuple[str, ...]:
    """The items of what must be a batch."""
    assert isinstance(parsed, Batch)
    return parsed.items


def test_a_batch_comes_apart_without_judging_its_items() -> None:
    """Each item becomes a message of its own, bad ones too, so that none holds up the others."""
    mixed = [EVENT, 42, None, {}, [EVENT], "text"]
    items = items_of(parse(json.dumps(mixed).encode()))
    assert [json.loads(item) for item in items] == mixed
    assert [type(parse(item.encode())) for item in items] == [
        Understood,
        Refused,
        Refused,
        Refused,
        Understood,
        Refused,
    ]


def test_an_empty_batch_is_nothing_to_do() -> None:
    """An array without events is valid, and ignored."""
    assert parse(b"[]") == Ignored("native", "empty")


@pytest.mark.parametrize("name", ["Zoë", "学习", "\U0001f4da", "a\u0085b\u2028c", 'tab\tquote"back\\'])
def test_items_keep_their_text(name: str) -> None:
    """An item is short, and says what it said before."""
    event = EVENT | {"enrollmentId": name}
    item = items_of(parse(json.dumps([event, 1]).encode()))[0]
    assert json.loads(item) == event
    assert len(item.encode()) <= len(json.dumps(event, ensure_ascii=False).encode())


@pytest.mark.parametrize("odd", ["\ud800", "\ufffe", "\uffff", "\x00", "\x0b", "\r"])
def test_items_hold_nothing_that_xml_cannot(odd: str) -> None:
    """Queue messages travel in XML: what that cannot hold is escaped."""
    item = items_of(parse(json.dumps([{"a": odd}, 1]).encode()))[0]
    assert odd not in item
    assert json.loads(item) == {"a": odd}


@pytest.mark.parametrize("depth", [500, 5_000, 9_900, 9_950, 10_000, 20_000])
@pytest.mark.parametrize("around", ["[{},1]", '{{"specversion":"1.0","type":"t","source":"s","data":[{},1]}}'])
def test_nesting_is_an_answer_and_no_exception(depth: int, around: str) -> None:
    """What is nested too deeply to be read, or to be written again as an item, is refused."""
    nested = '{"a":' * depth + "1" + "}" * depth
    assert isinstance(parse(around.format(nested).encode()), Batch | Refused)


def test_references_are_compared_without_case_where_the_directory_does() -> None:
    """Object ids, user names and addresses are lower case; identifiers of LMSs stay as they are."""
    parsed = parse(changed(learner={"email": " Adele.Vance@Contoso.com "}, enrollmentId="Case-Matters"))
    assert isinstance(parsed, Understood)
    assert parsed.event.learner is not None
    assert parsed.event.learner.key() == ("email", "adele.vance@contoso.com")
    assert parsed.event.enrollment_id == "Case-Matters"


def test_a_due_date_as_graph_writes_it() -> None:
    """Graph's own dates have seven digits of a second."""
    due = {"dateTime": "2022-09-22T16:05:00.0000000", "timeZone": "UTC"}
    parsed = parse(changed(assignment={"type": "required", "dueAt": due}))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    assert parsed.event.assignment.due_at is not None
    assert parsed.event.assignment.due_at.date_time.isoformat() == "2022-09-22T16:05:00"


def test_null_says_nothing() -> None:
    """An optional property that is null is as good as absent."""
    parsed = parse(changed(activity=None, progress=None))
    assert isinstance(parsed, Understood)
    assert (parsed.event.activity, parsed.event.progress) == ("assignment", None)
