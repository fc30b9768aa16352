"""Events as learning systems send them, from the message to the activity in Graph."""

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.domain.events import LearningEvent
from activities.domain.outcomes import Action, DeadLetter, Done, Reason
from activities.intake.parse import Understood, parse
from activities.service import Service
from activities.storage.keys import keys
from tests import EVENTS
from tests.activities.test_handler import ASSIGNED
from tests.storage_reading import envelopes, texts
from tools.develop.simulator import Content, Simulator, User

STAGES = ("assigned", "progressed", "completed")
LMSS = sorted({folder.name for folder in EVENTS.iterdir()} - {"native", "event_bus"})
PERSON = User(id="11111111-0000-4000-8000-000000000001", user_principal_name="adele@contoso.example")


def messages(lms: str) -> list[bytes]:
    """Assignment, progress (where the LMS tells it) and completion of one enrolment."""
    files = [EVENTS / lms / f"{stage}.json" for stage in STAGES]
    return [json.dumps(json.loads(file.read_text())["event"]).encode() for file in files if file.exists()]


def orders() -> list[Any]:
    """Every order in which each format's events can arrive."""
    return [
        pytest.param(order, id=f"{lms}-{'-'.join(map(str, order_of))}")
        for lms in LMSS
        for order_of in itertools.permutations(range(len(messages(lms))))
        for order in [[messages(lms)[index] for index in order_of]]
    ]


async def introduce(service: Service, simulator: Simulator, event: LearningEvent) -> None:
    """Make the learner and the course of an event known, in whichever way the event names them."""
    assert event.learner is not None
    assert event.course is not None
    way, name = event.learner.reference
    found = {
        "userPrincipalName": {"user_principal_name": name},
        "email": {"mail": name},
        "employeeId": {"employee_id": name},
    }
    simulator.config.users = (PERSON.model_copy(update=found.get(way, {})),)
    if way == "lmsAccount":
        partition, row = keys(name)
        people = service.storage.table(service.settings.people_table)
        await people.upsert_entity({"PartitionKey": partition, "RowKey": row, "entraObjectId": PERSON.id})
    simulator.config.contents = (Content(id="content-1", external_id=event.course.reference[1]),)


@pytest.mark.parametrize("order", orders())
async def test_the_events_of_one_enrolment_end_as_one_activity(
    service: Service, simulator: Simulator, order: list[bytes]
) -> None:
    """Whatever the order, one activity of the learner shows the course as completed."""
    for body in order:
        parsed = parse(body, received=datetime.now(UTC))
        assert isinstance(parsed, Understood)
        await introduce(service, simulator, parsed.event)
        assert isinstance(await service.handler.event(body), Done)

    [activity] = simulator.activities
    learner, content = activity.body["learnerUserId"], activity.body["learningContentId"]
    assert (learner, content, activity.kind) == (PERSON.id, "content-1", "assignment")
    assert (activity.body["status"], activity.body["completionPercentage"]) == ("completed", 100)


async def test_one_bad_item_does_not_hold_up_the_others(service: Service, simulator: Simulator) -> None:
    """A batch of 50 with 5 bad items ends as 45 activities and 5 dead letters of one item, also when split twice."""
    good = [ASSIGNED | {"enrollmentId": f"enrolment-{n}", "eventId": f"event-{n}"} for n in range(45)]
    bad = [ASSIGNED | {"enrollmentId": f"bad-{n}", "progress": {"percentage": 101 + n}} for n in range(5)]
    batch = json.dumps([*good[:20], *bad, *good[20:]]).encode()
    # The second time stands for a kill between splitting and deleting: the host delivers the batch again.
    for _ in range(2):
        assert Done(Action.SPLIT) == await service.handler.event(batch)

    items = await texts(service.storage.queue(service.settings.events_queue))
    outcomes = [await service.handler.event(item.encode()) for item in items]

    assert len(items) == 100
    assert len(simulator.activities) == 45
    assert sum(outcome == Done(Action.CREATED) for outcome in outcomes) == 45
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, DeadLetter)} == {Reason.INVALID_EVENT}
    letters = await envelopes(service.storage.queue(service.settings.dead_letter_queue))
    kept = {letter.id: json.loads(letter.body() or b"") for letter in letters}
    assert sorted(kept.values(), key=lambda item: item["enrollmentId"]) == bad


async def test_an_event_that_is_not_our_business_is_counted_and_forgotten(
    service: Service, simulator: Simulator
) -> None:
    """A page view becomes neither a dead letter nor a request."""
    body = json.dumps(json.loads((EVENTS / "canvas" / "ignored-page-view.json").read_text())["event"]).encode()

    assert Done(Action.IGNORED) == await service.handler.event(body)
    assert simulator.requests == []
    assert await texts(service.storage.queue(service.settings.dead_letter_queue)) == []
