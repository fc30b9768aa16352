"""Message bodies: one event, a batch, or neither."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from activities.domain.outcomes import Reason
from activities.intake.parse import Batch, ParseResult, Refused, Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import read
from tests.activities.intake.native import EVENT

PLAIN = json.dumps(EVENT).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"[" + PLAIN + b"]",
        base64.b64encode(b"[" + PLAIN + b"]"),
        b"[[], [" + PLAIN + b", [[]]]]",
        json.dumps([PLAIN.decode()]).encode(),
        b"[" * 900 + PLAIN + b"]" * 900,
    ],
)
def test_an_array_of_one_is_its_event(body: bytes) -> None:
    """A batch of one doesn't need its own message."""
    assert parse(body) == parse(PLAIN)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(PLAIN.decode()).encode(),
        json.dumps(f" {json.dumps(PLAIN.decode())[1:-1]}").encode().replace(b'\\\\\\"', b'\\"'),
        base64.b64encode(json.dumps(PLAIN.decode()).encode()),
    ],
    ids=["plain", "with a blank before it", "in base64"],
)
def test_json_in_a_json_string_is_its_event(body: bytes) -> None:
    """Some publishers encode an event twice."""
    assert parse(body) == parse(PLAIN)


def test_a_batch_of_texts_is_split_once() -> None:
    """A text that's a batch is taken apart together with the batch that contains it."""
    result = parse(json.dumps([json.dumps([1, 2]), json.dumps([3])]).encode())
    assert items_of(result) == ("1", "2", "3")


def in_base64(content: object) -> bytes:
    """Return a CloudEvent with this as its `data_base64`."""
    return json.dumps({"specversion": "1.0", "type": "t", "source": "s", "data_base64": content}).encode()


BAD = {
    "not JSON": (PLAIN[:-20], "not JSON: "),
    "a number": (b"42", "an event is a JSON object, not a number"),
    "a text": (b'"course.assigned"', "an event is a JSON object, not a text"),
    "null": (b"null", "an event is a JSON object, not null"),
    "an array of one number": (b"[1]", "an event is a JSON object, not a number"),
    "an empty object": (b"{}", "no format recognises it"),
    "unknown to every format": (b'{"hello": "world"}', "no format recognises it"),
    "an event type that is not text": (b'{"eventType": 1}', "no format recognises it"),
    "base64 that is not ASCII": (in_base64("é"), "data_base64 is not base64"),
    "base64 with a foreign character": (in_base64("eyJ*"), "data_base64 is not base64"),
    "base64 without its padding": (in_base64("ey"), "data_base64 is not base64"),
    "base64 that is only padding": (in_base64("="), "data_base64 is not base64"),
    "base64 of a byte that is not UTF-8": (in_base64("/w=="), "not UTF-8"),
    "base64 that is a number": (in_base64(17), "not JSON: "),
    "base64 that is an object": (in_base64({}), "not JSON: "),
    "a batch that grows when it is split": (
        b'{"specversion":"1.0","type":"t","source":"' + b"s" * 32_000 + b'","data":[' + b"1," * 16_000 + b"1]}",
        "the batch is too large to split",
    ),
}


@pytest.mark.parametrize(("body", "detail"), BAD.values(), ids=BAD)
def test_a_body_that_is_not_an_event_is_malformed(body: bytes, detail: str) -> None:
    """The refusal says what's wrong."""
    refused = parse(body)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.MALFORMED
    assert refused.detail.startswith(detail)


def items_of(result: ParseResult) -> tuple[str, ...]:
    """Return the items of a body that must be a batch."""
    assert isinstance(result, Batch)
    return result.items


def test_a_batch_is_split_without_judging_its_items() -> None:
    """Each item becomes its own message, even a bad one, so that none holds up the others."""
    mixed = [EVENT, 42, None, {}, EVENT, "text"]
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


def test_an_item_can_be_put_on_a_queue() -> None:
    """An item is short, says what it said before, and contains nothing that a queue message can't."""
    event = EVENT | {"enrollmentId": "学习 \uffff"}
    item = items_of(parse(json.dumps([event, 1]).encode()))[0]
    assert json.loads(item) == event
    assert "学习" in item
    assert "\uffff" not in item


@pytest.mark.parametrize("depth", [500, 5_000, 9_900, 9_950, 10_000, 20_000])
@pytest.mark.parametrize("around", ["[{},1]", '{{"specversion":"1.0","type":"t","source":"s","data":[{},1]}}'])
def test_deep_nesting_raises_nothing(depth: int, around: str) -> None:
    """A body nested too deeply to be read, or to be written as an item of a batch, is refused."""
    nested = '{"a":' * depth + "1" + "}" * depth
    assert isinstance(parse(around.format(nested).encode()), Batch | Refused)


NOW = datetime(2026, 3, 2, 8, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FUTURE = "occurredAt: more than a day in the future, which would freeze the record"


def at(time: datetime) -> bytes:
    """Return a native event that occurred at this time."""
    return json.dumps(EVENT | {"occurredAt": time.isoformat()}).encode()


@pytest.mark.parametrize("ahead", [-1000 * DAY, timedelta(), DAY, DAY + timedelta(microseconds=1), 10_000 * DAY])
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-11))])
def test_an_event_of_the_day_after_tomorrow_is_refused(ahead: timedelta, zone: timezone) -> None:
    """The later event wins, so a clock that's far ahead would freeze the record. A day is tolerated."""
    result = parse(at((NOW + ahead).astimezone(zone)), now=NOW)
    if ahead > DAY:
        assert result == Refused(Reason.INVALID_EVENT, FUTURE, "native")
    else:
        assert isinstance(result, Understood)


def test_an_event_of_an_lms_may_not_be_ahead_either() -> None:
    """The refusal names its format."""
    event = read(EVENTS / "docebo" / "completed.json")["event"]
    event["payload"]["fired_at"] = "2026-03-03 08:15:31"
    assert parse(json.dumps(event).encode(), now=NOW) == Refused(Reason.INVALID_EVENT, FUTURE, "docebo")


def test_the_time_that_counts_is_now() -> None:
    """An event that was ahead when it was first received can be redriven once its time has come."""
    body = at(NOW + 3 * DAY)
    assert isinstance(parse(body, received=NOW, now=NOW), Refused)
    assert isinstance(parse(body, received=NOW, now=NOW + 2 * DAY), Understood)


def test_an_event_without_a_time_has_that_of_its_first_receipt() -> None:
    """Handled again a year later, it still occurred when it was first received."""
    event = read(EVENTS / "cornerstone" / "completed.json")["event"]
    result = parse(json.dumps(event).encode(), received=NOW, now=NOW + 365 * DAY)
    assert isinstance(result, Understood)
    assert result.event.occurred_at == NOW
