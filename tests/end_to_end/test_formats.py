"""Events as real LMSs send them, from the message to the activity in Graph."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from activities.domain.events import LearningEvent
from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from activities.intake.parse import Understood, parse
from activities.service import Service
from activities.storage.keys import keys
from tests import EVENTS
from tests.native_event import ASSIGNED
from tests.storage_reading import dead_letters, texts, wait_for_retry
from tools.develop.simulator import Content, Simulator, User

STAGES = ("assigned", "progressed", "completed")
LMSS = sorted({folder.name for folder in EVENTS.iterdir()} - {"native", "event_bus", "stories"})
PERSON = User(id="11111111-0000-4000-8000-000000000001", user_principal_name="adele@contoso.example")


def sends_assignments(lms: str) -> bool:
    """Return whether the LMS has assignment events."""
    return (EVENTS / lms / "assigned.json").exists()


@pytest.fixture
def environment(environment: Mapping[str, str], request: pytest.FixtureRequest) -> Mapping[str, str]:
    """Let a completion wait only a second if no event will say its kind."""
    lms = request.node.callspec.params["lms"] if hasattr(request.node, "callspec") else "native"
    return environment if sends_assignments(lms) else {**environment, "KIND_GRACE_SECONDS": "1"}


def messages(lms: str) -> list[bytes]:
    """Return assignment, progress (if the LMS reports it) and completion of one enrollment as messages."""
    files = [EVENTS / lms / f"{stage}.json" for stage in STAGES]
    return [json.dumps(json.loads(file.read_text())["event"]).encode() for file in files if file.exists()]


async def introduce(service: Service, simulator: Simulator, event: LearningEvent) -> None:
    """Make the learner and the course of an event known to Graph or to the table of people."""
    assert event.learner is not None
    assert event.course is not None
    kind, name = event.learner.reference
    found = {
        "userPrincipalName": {"user_principal_name": name},
        "email": {"mail": name},
        "employeeId": {"employee_id": name},
    }
    simulator.config.users = (PERSON.model_copy(update=found.get(kind, {})),)
    if kind == "lmsAccount":
        partition, row = keys(name)
        people = service.storage.table(service.settings.people_table)
        await people.upsert_entity({"PartitionKey": partition, "RowKey": row, "entraObjectId": PERSON.id})
    simulator.config.contents = (Content(id="content-1", external_id=event.course.reference[1]),)


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
@pytest.mark.parametrize("lms", LMSS)
async def test_the_events_of_one_enrolment_become_one_activity(
    service: Service, simulator: Simulator, lms: str, *, backwards: bool
) -> None:
    """The learner's activity shows the course as completed, even if the completion arrived first.

    A completion that doesn't say its kind waits for the assignment. If the LMS never sends assignments, the activity
    becomes a self-initiated course after KIND_GRACE_SECONDS.
    """
    assigned = sends_assignments(lms)
    for body in messages(lms)[:: -1 if backwards else 1]:
        parsed = parse(body, received=datetime.now(UTC))
        assert isinstance(parsed, Understood)
        await introduce(service, simulator, parsed.event)
        outcome = await service.handler.event(body)
        waits = isinstance(outcome, Retry) and outcome.reason is RetryReason.AWAITING_KIND
        assert isinstance(outcome, Done) or (waits and (backwards or not assigned))
    if not simulator.activities:
        message = await wait_for_retry(service)
        assert Done(Action.CREATED) == await service.handler.retry(message.content.encode())

    [activity] = simulator.activities
    learner, content = activity.body["learnerUserId"], activity.body["learningContentId"]
    assert simulator.counts["create", "201"] == 1
    assert (learner, content) == (PERSON.id, "content-1")
    assert activity.kind == ("assignment" if assigned else "selfInitiated")
    assert (activity.body["status"], activity.body["completionPercentage"]) == ("completed", 100)


async def test_a_wrong_item_does_not_hold_up_its_batch(service: Service, simulator: Simulator) -> None:
    """A batch of 50 events, 5 of them wrong, becomes 45 activities and 5 dead letters, even if it is split twice."""
    good = [ASSIGNED | {"enrollmentId": f"enrolment-{n}", "eventId": f"event-{n}"} for n in range(45)]
    bad = [ASSIGNED | {"enrollmentId": f"bad-{n}", "occurredAt": f"{n} days ago"} for n in range(5)]
    batch = json.dumps([*good[:20], *bad, *good[20:]]).encode()
    # If the process is killed after it splits the batch, the host delivers the batch again.
    for _ in range(2):
        assert Done(Action.SPLIT) == await service.handler.event(batch)

    items = await texts(service.storage.queue(service.settings.events_queue))
    outcomes = [await service.handler.event(item.encode()) for item in items]

    assert len(items) == 100
    assert len(simulator.activities) == 45
    assert sum(outcome == Done(Action.CREATED) for outcome in outcomes) == 45
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, DeadLetter)} == {Reason.INVALID_EVENT}
    letters = await dead_letters(service.letters)
    kept = {letter.id: json.loads(letter.body() or b"") for letter in letters}
    assert sorted(kept.values(), key=lambda item: item["enrollmentId"]) == bad


async def test_an_event_that_does_not_concern_us_is_ignored(service: Service, simulator: Simulator) -> None:
    """A page view becomes neither a dead letter nor a request to Graph."""
    body = json.dumps(json.loads((EVENTS / "canvas" / "ignored-page-view.json").read_text())["event"]).encode()

    assert Done(Action.IGNORED) == await service.handler.event(body)
    assert simulator.requests == []
    assert await dead_letters(service.letters) == []
