"""The verdict on a message says what the app really does with it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.domain.record import row_key
from activities.intake.formats import built_in_formats
from tests import ROOT
from tests.native_event import ASSIGNED
from tools.operate.publish.items import Item, as_item
from tools.operate.publish.verdict import Verdict, verdicts

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def judged(value: object) -> list[Verdict]:
    """Return the verdicts on a message."""
    return list(verdicts(as_item("3", json.dumps(value)), built_in_formats(), NOW))


def test_an_event_is_understood() -> None:
    """The verdict names the record by its row key, and shows nothing from the event."""
    [verdict] = judged(ASSIGNED)
    assert (verdict.became, verdict.format, verdict.event_type) == ("understood", "native", "course.assigned")
    assert verdict.record == row_key(ASSIGNED["enrollmentId"])
    assert not verdict.found


REFUSED: dict[str, tuple[Any, str, str]] = {
    "no format": ({"oh": "no"}, "malformed", "no format recognises it"),
    "no learner": (ASSIGNED | {"learner": None}, "invalid_event", "learner"),
    "version": (ASSIGNED | {"specVersion": "2.0"}, "unsupported_version", "specVersion"),
    "future": (ASSIGNED | {"occurredAt": "2026-03-04T00:00:00Z"}, "invalid_event", "occurredAt"),
}


@pytest.mark.parametrize(("event", "reason", "detail"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_has_the_reason_of_its_dead_letter(event: object, reason: str, detail: str) -> None:
    """The verdict has the reason that the dead letter would have, and a detail that says what's wrong."""
    [verdict] = judged(event)
    assert (verdict.became, verdict.reason) == ("refused", reason)
    assert detail in str(verdict.detail)
    assert verdict.found


def test_a_value_that_is_left_out_is_found() -> None:
    """An event with a dropped value still counts, but the verdict is a finding, because somebody should know."""
    [verdict] = judged(ASSIGNED | {"progress": {"percentage": "half"}})
    assert (verdict.became, verdict.dropped, verdict.found) == ("understood", ("progress.percentage",), True)


def test_what_is_none_of_the_apps_business_is_no_finding() -> None:
    """A page view from a known LMS is only counted, so it isn't a finding."""
    view = json.loads((ROOT / "tests/events/canvas/ignored-page-view.json").read_text(encoding="utf-8"))
    [verdict] = judged(view["event"])
    assert (verdict.became, verdict.format, verdict.found) == ("ignored", "canvas", False)


def test_each_item_of_a_batch_has_a_verdict() -> None:
    """Each item of a batch inside a bus event has its own verdict."""
    wrapped = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": [ASSIGNED, {"oh": "no"}]}
    assert [(one.place, one.became) for one in judged(wrapped)] == [("3.1", "understood"), ("3.2", "refused")]


def test_what_cannot_be_sent_is_refused() -> None:
    """A message that can't be sent is refused, even if its text is a valid event."""
    [verdict] = verdicts(Item("7", json.dumps(ASSIGNED), "too large"), built_in_formats(), NOW)
    assert (verdict.became, verdict.reason, verdict.detail) == ("refused", "unsendable", "too large")
