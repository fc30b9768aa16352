"""Which source an event is from, and what the source's settings do to its events."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.intake.formats import load_formats
from activities.intake.parse import Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import read
from tests.activities.intake.native import EVENT

MOODLE = read(EVENTS / "moodle" / "completed.json")["event"]
HOSTED = read(EVENTS / "moodle" / "completed-at-a-host.json")["event"]
CREATED = read(EVENTS / "moodle" / "assigned.json")["event"]


def sent_by(source: str | None, event: dict[str, Any]) -> dict[str, Any]:
    """Return the event in a CloudEvent with this source, or the event alone if there's none."""
    if source is None:
        return event
    return {"specversion": "1.0", "type": "t", "source": source, "id": "1", "data": event}


def understood(event: dict[str, Any], sources: dict[str, Any] | None = None) -> Understood:
    """Return what becomes of an event with these settings."""
    parsed = parse(json.dumps(event).encode(), load_formats(sources=json.dumps(sources or {})))
    assert isinstance(parsed, Understood)
    return parsed


SOURCES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a format": (MOODLE, {}, "moodle"),
    "an installation that events name": (HOSTED, {}, "moodle:moodle.contoso.com"),
    "a bus event's source that is not configured": (sent_by("/emea", MOODLE), {"moodle": {}}, "moodle"),
    "a bus event's source that is configured": (sent_by("/emea", MOODLE), {"moodle:/emea": {}}, "moodle:/emea"),
    "an installation in a bus event": (sent_by("/emea", HOSTED), {"moodle:/emea": {}}, "moodle:moodle.contoso.com"),
    "native": (EVENT, {}, "native"),
    "native in a bus event": (sent_by("/hr", EVENT), {"native": {}, "moodle:/hr": {}}, "native"),
    "native from a configured source": (sent_by("/hr", EVENT), {"native:/hr": {}}, "native:/hr"),
}


@pytest.mark.parametrize(("event", "sources", "expected"), SOURCES.values(), ids=SOURCES)
def test_the_source_of_an_event(event: dict[str, Any], sources: dict[str, Any], expected: str) -> None:
    """An installation counts if the events name it, or if the setting gives the name that bus events use for it."""
    assert understood(event, sources).source == expected


def test_a_source_may_have_had_another_name() -> None:
    """Each of its events carries the former name, and no other source's events do."""
    sources = {"native:/hr": {"formerly": "native"}, "moodle:/emea": {"formerly": "native:/old"}}
    events = (EVENT, sent_by("/hr", EVENT), MOODLE, sent_by("/emea", MOODLE))
    assert [understood(event, sources).formerly for event in events] == [None, "native", None, "native:/old"]


def test_a_format_goes_on_with_the_ids_of_its_former_name() -> None:
    """Enrolments and accounts keep their names. Otherwise each learner would have a second activity."""
    before, after = understood(MOODLE), understood(sent_by("/emea", MOODLE), {"moodle:/emea": {"formerly": "moodle"}})
    assert (before.source, after.source, after.formerly) == ("moodle", "moodle:/emea", "moodle")
    assert after.event.enrollment_id == before.event.enrollment_id
    assert after.event.learner == before.event.learner


@pytest.mark.parametrize("former", ["native", "docebo", "docebo:moodle"])
def test_ids_are_never_made_with_a_name_of_another_format(former: str) -> None:
    """Such a name was never part of this format's ids, and its accounts are other people's."""
    renamed = understood(sent_by("/emea", MOODLE), {"moodle:/emea": {"formerly": former}})
    assert renamed.formerly == former
    assert renamed.event == understood(sent_by("/emea", MOODLE), {"moodle:/emea": {}}).event


def test_installations_do_not_share_a_former_name() -> None:
    """Two hosts have different learners with the same id, so neither can have the format's former name."""
    sources = {"moodle": {"formerly": "moodle:old.contoso.com"}}
    one, two = (understood(HOSTED | {"host": host}, sources) for host in ("one.contoso.com", "two.contoso.com"))
    assert (one.formerly, two.formerly) == (None, None)
    assert one.event.enrollment_id != two.event.enrollment_id


NEW = {
    "moodle": "assigned",
    "openedx": "assigned",
    "docebo": "assigned",
    "canvas": "assigned",
    "xapi": "assigned",
    "xapi, Moodle's plugin": "assigned-moodle-48",
    "xapi, Brightspace": "assigned-brightspace",
    "caliper": "assigned",
    "moodle, by oneself": "self-enrolled",
    "openedx, by oneself": "self-enrolled",
    "docebo, by oneself": "self-enrolled",
    "xapi, by oneself": "self-enrolled-moodle-48",
}


@pytest.mark.parametrize(("name", "case"), NEW.items(), ids=NEW)
def test_a_new_enrolment_starts_over_where_the_source_says_so(name: str, case: str) -> None:
    """Otherwise it continues the previous enrolment. It doesn't matter who enrolled."""
    lms = name.partition(",")[0]
    event = read(EVENTS / lms / f"{case}.json")["event"]
    settings = ({}, {"assignedAgain": "continues"}, {"assignedAgain": "startsOver"})
    assert [understood(event, {lms: one}).enrols_again for one in settings] == [False, False, True]
    assert understood(event).event.event_type == ("course.progressed" if "self" in case else "course.assigned")


RENEWALS = (
    "completed-certification",
    "completed-certification-other-as-json-text",
    "completed-totara-certification",
)


@pytest.mark.parametrize("name", RENEWALS)
def test_a_certification_is_completed_again_and_again(name: str) -> None:
    """No other event says that it's due again. If the source says nothing, this applies too."""
    event = read(EVENTS / "moodle" / f"{name}.json")["event"]
    for settings in ({}, {"assignedAgain": "continues"}, {"assignedAgain": "startsOver"}):
        assert understood(event, {"moodle": settings}).enrols_again


@pytest.mark.parametrize("lms", ["moodle", "openedx", "docebo", "canvas", "xapi", "caliper"])
def test_no_other_event_starts_over(lms: str) -> None:
    """Progress, completions and withdrawals aren't new enrolments. Completions that renew start over in any setting."""
    formats = load_formats(sources=json.dumps({lms: {"assignedAgain": "startsOver"}}))
    for stage in ("started", "progressed", "completed", "unassigned"):
        for case in EVENTS.glob(f"{lms}/{stage}*.json"):
            parsed = parse(json.dumps(read(case)["event"]).encode(), formats, datetime.now(UTC))
            assert isinstance(parsed, Understood)
            assert parsed.enrols_again == (case.stem in RENEWALS), case.name


@pytest.mark.parametrize("case", ["assigned-totara-program", "assigned-grassblade", "assigned-tla-was-assigned"])
def test_an_assignment_that_may_be_sent_again_does_not_start_over(case: str) -> None:
    """These statements don't tell a new enrolment from an update of one."""
    parsed = understood(read(EVENTS / "xapi" / f"{case}.json")["event"], {"xapi": {"assignedAgain": "startsOver"}})
    assert (parsed.event.event_type, parsed.enrols_again) == ("course.assigned", False)


def test_other_terms_do_not_start_over() -> None:
    """An update of an enrolment is also an assignment, but not a new one."""
    updated = read(EVENTS / "canvas" / "assigned.json")["event"]
    updated["metadata"]["event_name"] = "enrollment_updated"
    parsed = understood(updated, {"canvas": {"assignedAgain": "startsOver"}})
    assert (parsed.event.event_type, parsed.enrols_again) == ("course.assigned", False)


def test_an_enrolment_after_a_completion_is_a_new_one() -> None:
    """In the events of a repeated Moodle enrolment, the two enrolments are marked, and all have one id."""
    enrolled = CREATED | {"objectid": 77}
    left = CREATED | {
        "eventname": "\\core\\event\\user_enrolment_deleted",
        "other": {"userenrolment": {"lastenrol": True}},
    }
    completed = CREATED | {"eventname": "\\core\\event\\course_completed", "other": None}
    sources = {"moodle": {"assignedAgain": "startsOver"}}
    parsed = [
        understood(event, sources) for event in (enrolled, completed, left, enrolled | {"objectid": 78}, completed)
    ]
    assert [one.enrols_again for one in parsed] == [True, False, False, True, False]
    assert len({one.event.enrollment_id for one in parsed}) == 1


@pytest.mark.parametrize(
    ("event_type", "said", "expected"),
    [
        ("course.started", None, "assignment"),
        ("course.progressed", None, "assignment"),
        ("course.completed", None, "assignment"),
        ("course.completed", "selfInitiated", "selfInitiated"),
        ("course.unassigned", None, None),
    ],
)
def test_the_kind_of_a_native_source(event_type: str, said: str | None, expected: str | None) -> None:
    """The setting is used if the event doesn't say which kind it is."""
    event = EVENT | {"eventType": event_type, "activity": said, "progress": None}
    assert understood(event, {"native": {"enrolments": "assignment"}}).event.activity == expected


def test_a_native_assignment_is_an_assignment() -> None:
    """The event's type says so, whatever the source's setting is."""
    event = {name: value for name, value in EVENT.items() if name != "activity"}
    parsed = understood(event, {"native": {"enrolments": "selfInitiated"}})
    assert (parsed.event.event_type, parsed.event.activity) == ("course.assigned", "assignment")
