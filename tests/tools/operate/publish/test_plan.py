"""A plan says what publishing would change, and the app then does exactly that."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

import pytest

from activities.domain.outcomes import Action, DeadLetter, Done
from activities.domain.record import row_key
from activities.domain.versions import VERSION
from activities.intake.formats import built_in_formats
from activities.service import Service
from activities.storage.keys import keys
from tests.native_event import ASSIGNED, Event
from tools.operate.publish.export import Export
from tools.operate.publish.items import as_item
from tools.operate.publish.mapping import ColumnMapping
from tools.operate.publish.plan import Effect, Planned, planned
from tools.operate.publish.sorting import Sorted
from tools.operate.publish.verdict import verdicts

NOW = datetime(2026, 4, 1, tzinfo=UTC)
LATER = {"eventId": "e-2", "occurredAt": "2026-03-02T09:00:00Z"}
WITHDRAWN = {"eventType": "course.unassigned", "learner": None, "course": None, "assignment": None, "progress": None}


def assigned(enrolment: str, changes: Mapping[str, object] | None = None) -> Event:
    """Return an assignment with these changes. None removes a property."""
    event = ASSIGNED | {"enrollmentId": enrolment} | dict(changes or {})
    return {name: value for name, value in event.items() if value is not None}


async def plan(service: Service, events: Iterable[Any]) -> dict[str, Planned]:
    """Return what publishing events would do, by each event's number."""
    with Sorted() as told:
        for number, event in enumerate(events, 1):
            for verdict in verdicts(as_item(str(number), json.dumps(event)), built_in_formats(), NOW):
                told.add(verdict)
        table = service.storage.table(service.settings.activities_table)
        return {one.place: one async for one in planned(told, table)}


async def handled(service: Service, event: Event) -> Action | str:
    """Let the app handle an event. Return what it did, or why it refused."""
    outcome = await service.handler.event(json.dumps(event).encode())
    if isinstance(outcome, DeadLetter):
        return outcome.reason.value
    assert isinstance(outcome, Done)
    return outcome.action


PERSON = {"learner": {"entraObjectId": "00000000-0000-4000-8000-000000000001"}}
OTHER_SOURCE = {"specversion": "1.0", "id": "1", "source": "/", "type": "t"}
CASES: dict[str, tuple[dict[str, object], Effect, Action | str]] = {
    "a duplicate": ({}, Effect.SAME, Action.UNCHANGED),
    "an older event": ({"occurredAt": "2026-01-01T00:00:00Z", "eventId": "e-0"}, Effect.SAME, Action.UNCHANGED),
    "progress": (LATER | {"progress": {"percentage": 60}}, Effect.CHANGED, Action.UPDATED),
    "a withdrawal": (LATER | WITHDRAWN, Effect.REMOVED, Action.DELETED),
    "somebody else": (LATER | PERSON, Effect.UNCLEAR, "identity_conflict"),
}


@pytest.mark.parametrize(("changes", "effect", "action"), CASES.values(), ids=CASES)
async def test_the_app_does_what_was_planned(
    service: Service, changes: dict[str, object], effect: Effect, action: Action | str
) -> None:
    """For an enrolment that the app knows, the plan matches what the app then does."""
    await handled(service, assigned("known"))
    event = assigned("known", changes)
    [one] = (await plan(service, [event])).values()
    assert (one.effect, one.record) == (effect, row_key("known"))
    assert await handled(service, event) == action


async def test_an_enrolment_that_the_app_does_not_know_is_new(service: Service) -> None:
    """Later events of the same enrolment build on the first. Withdrawing an unknown enrolment changes nothing."""
    events = [
        assigned("new"),
        assigned("withdrawn", WITHDRAWN),
        assigned("new"),
        assigned("new", LATER | {"progress": {"percentage": 60}}),
        assigned("another"),
    ]
    found = await plan(service, events)
    assert {place: one.effect for place, one in found.items()} == {
        "1": Effect.NEW,
        "2": Effect.SAME,
        "3": Effect.SAME,
        "4": Effect.CHANGED,
        "5": Effect.NEW,
    }
    assert [await handled(service, event) for event in events] == [
        Action.CREATED,
        Action.UNCHANGED,
        Action.UNCHANGED,
        Action.UPDATED,
        Action.CREATED,
    ]


async def test_another_source_is_refused(service: Service) -> None:
    """For an event of another source, the plan gives the reason of the dead letter that it would become."""
    statement = json.dumps({"specversion": "1.0", "type": "lms.webhook", "source": "hr", "data": assigned("hr:1")})
    await service.handler.event(json.dumps(assigned("hr:hr:1")).encode())
    [one] = (await plan(service, [json.loads(statement)])).values()
    assert (one.effect, one.reason) == (Effect.REFUSED, "identity_conflict")
    assert await handled(service, json.loads(statement)) == "identity_conflict"


async def test_a_record_of_a_later_version_is_unclear(service: Service) -> None:
    """If a later version wrote the record, the plan doesn't guess what it says."""
    await handled(service, assigned("known"))
    partition, row = keys("known")
    table = service.storage.table(service.settings.activities_table)
    await table.upsert_entity({"PartitionKey": partition, "RowKey": row, "version": VERSION + 1})
    [one] = (await plan(service, [assigned("known", LATER)])).values()
    assert (one.effect, "later version" in str(one.detail)) == (Effect.UNCLEAR, True)


@pytest.mark.parametrize("number", [5, 50])
async def test_records_of_one_partition_are_read_one_by_one_or_together(service: Service, number: int) -> None:
    """Both ways find every record that was asked for, and none of the others in between."""
    names = (f"enrolment-{n}" for n in count())
    same = list(islice((name for name in names if row_key(name).startswith("ab")), number))
    known = same[::2]
    for name in known:
        await handled(service, assigned(name))
    found = await plan(service, [assigned(name) for name in same[: number - 2]])
    expected = {row_key(name): Effect.SAME if name in known else Effect.NEW for name in same[: number - 2]}
    assert {str(one.record): one.effect for one in found.values()} == expected


async def test_a_second_export_changes_only_what_has_changed(service: Service) -> None:
    """Repeating the same values at a later time changes nothing. An assignment without a date keeps the date it had."""
    header = "enrollmentId,learner.entraObjectId,course.learningContentId,assignment.type,progress.percentage"
    person = PERSON["learner"]["entraObjectId"]
    rows = [f"{name},{person},course,required,{percentage}" for name, percentage in (("one", 20), ("two", 40))]
    first = Export(ColumnMapping(), datetime(2026, 3, 1, tzinfo=UTC)).items([header, *rows])
    for item in first:
        assert await service.handler.event(item.text.encode()) == Done(Action.CREATED)
    later = Export(ColumnMapping(), datetime(2026, 3, 8, tzinfo=UTC))
    events = [json.loads(item.text) for item in later.items([header, rows[0], rows[1].removesuffix("40") + "60"])]
    assert [one.effect for _, one in sorted((await plan(service, events)).items())] == [Effect.SAME, Effect.CHANGED]
    assert [await handled(service, event) for event in events] == [Action.UNCHANGED, Action.UPDATED]
