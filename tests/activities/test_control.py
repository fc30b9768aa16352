"""Control messages on the retry queue: what an operator may ask for about one record."""

import asyncio
import json
import time
from typing import Any

import pytest

from activities import BUILD, __version__
from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason, Retry, RetryReason
from activities.domain.record import row_key
from activities.handler import Handler
from activities.intake.formats import FormatError
from activities.service import Service
from tests.native_event import event_body
from tests.storage_reading import dead_letters
from tools.develop.simulator import Activity, Simulator

RECORD = row_key("enrolment-1")


def control(action: str, record: str = RECORD, **more: object) -> bytes:
    """Return a control message."""
    return json.dumps({"envelope": "lms-activity-sync/1", "control": action, "record": record, **more}).encode()


@pytest.fixture
async def activity(service: Service, simulator: Simulator) -> Activity:
    """Return an activity that Graph has acknowledged."""
    assert await service.handler.event(event_body()) == Done(Action.CREATED)
    [activity] = simulator.activities
    activity.shows_at = 0.0
    return activity


async def columns(service: Service) -> dict[str, Any]:
    """Return the record's row."""
    table = service.storage.table(service.settings.activities_table)
    return dict(await table.get_entity(RECORD[:2], RECORD))


def writes(simulator: Simulator) -> list[str]:
    """Return the requests to Graph that change something, in order."""
    return [request.operation for request in simulator.requests if request.method in ("POST", "PATCH", "DELETE")]


@pytest.mark.usefixtures("activity")
async def test_a_check_without_drift_changes_nothing(service: Service, simulator: Simulator) -> None:
    """The record notes when it was compared and what Graph had: no person, no text."""
    assert await service.handler.retry(control("check")) == Done(Action.CHECKED)
    row = await columns(service)
    assert (row["check_differed"], json.loads(row["check_found"])["percentage"]) == ("", 20)
    assert writes(simulator) == ["create"]
    assert await service.handler.event(event_body()) == Done(Action.UNCHANGED)


async def test_drift_is_noted_and_repaired(service: Service, simulator: Simulator, activity: Activity) -> None:
    """Somebody else changed the activity. The record says what differed, and Graph has the right value again."""
    activity.body["completionPercentage"] = 90
    activity.body["status"] = "inProgress"
    activity.body["assignedDateTime"] = "2020-01-01T00:00:00Z"
    assert await service.handler.retry(control("check")) == Done(Action.UPDATED)
    assert activity.body["completionPercentage"] == 20
    assert (await columns(service))["check_differed"] == "percentage,assigned_at"
    assert writes(simulator) == ["create", "update"]


@pytest.mark.usefixtures("activity")
async def test_what_was_forgotten_has_nothing_to_check(service: Service) -> None:
    """The message ends without a dead letter: there's nothing to repair."""
    assert await service.handler.retry(control("forget")) == Done(Action.FORGOTTEN)
    assert await service.handler.retry(control("check")) == Done(Action.UNCHANGED)


async def test_a_control_message_names_one_record(service: Service) -> None:
    """If its enrolment has another row key than its record, it's a text that nobody understands."""
    outcome = await service.handler.retry(control("forget", enrollmentId="enrolment-2"))
    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.MALFORMED


async def test_a_ping_is_answered(service: Service, simulator: Simulator) -> None:
    """Without a record and without Graph: the answer names the ping and the package."""
    assert await service.handler.retry(control("ping")) == Done(Action.ANSWERED)
    row = await service.shared.answered()
    assert row is not None
    assert (row["ping"], row["version"], row["build"], row["fault"]) == (RECORD, __version__, BUILD, "")
    assert simulator.requests == []


async def test_a_ping_tells_what_keeps_events_waiting(service: Service) -> None:
    """A process whose formats are wrong handles no event, and says so."""
    wrong = FormatError("canvas.toml", "events", "is missing")
    handler = Handler(
        service.reconciler, service.delivery, service.letters, service.shared, wrong, hold_seconds=1, clock=time.time
    )
    assert await handler.retry(control("ping")) == Done(Action.ANSWERED)
    row = await service.shared.answered()
    assert row is not None
    assert row["fault"] == "canvas.toml: events: is missing"


async def test_a_ping_waits_for_its_table(service: Service) -> None:
    """If the answer can't be written, the ping isn't lost."""
    await service.storage.table(service.settings.activities_table).delete_table()
    outcome = await service.handler.retry(control("ping"))
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD


async def test_an_unknown_control_message_is_refused(service: Service) -> None:
    """Its text isn't repeated, because it may be anything."""
    check_refused(await service.handler.retry(control("\x1b[2Jexplode")), "unknown")


@pytest.mark.parametrize("action", ["check", "rebind", "forget", "forget-activity"])
async def test_a_control_message_about_an_unknown_record_is_refused(service: Service, action: str) -> None:
    """The row key was mistyped."""
    check_refused(await service.handler.retry(control(action)), "no such record")


@pytest.mark.parametrize("action", ["check", "rebind", "forget", "forget-activity", "ping"])
async def test_a_control_message_on_the_inbound_queue_is_malformed(service: Service, action: str) -> None:
    """Somebody who may publish events may not control the app."""
    outcome = await service.handler.event(control(action))
    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.MALFORMED


@pytest.mark.usefixtures("activity")
async def test_a_redriven_dead_letter_is_not_believed_as_a_control_message(service: Service) -> None:
    """A message that came in on the inbound queue stays an inbound message, even if an operator redrives it."""
    await service.handler.event(control("check"))
    [facts] = [facts async for facts in service.letters.list()]
    letter = await service.letters.read(facts.id)
    assert letter is not None
    redriven = letter.model_copy(update={"redriven": True, "number": None}).text().encode()
    outcome = await service.handler.retry(redriven)
    assert isinstance(outcome, DeadLetter)


@pytest.mark.usefixtures("activity")
@pytest.mark.parametrize("version", [1, 2])
async def test_an_event_that_looks_like_a_control_message_too_stays_an_event(
    service: Service, simulator: Simulator, version: int
) -> None:
    """Unknown properties are ignored, so a publisher may write any. Its retry is trusted no more than the event."""
    simulator.fault(operation="create", status=429, retry_after="0")
    more = {"envelope": f"lms-activity-sync/{version}", "control": "check", "record": RECORD}
    assert isinstance(await service.handler.event(event_body(enrollmentId="another", **more)), Retry)
    [text] = await waiting_texts(service.storage.queue(service.settings.retry_queue))
    assert await service.handler.retry(text) == Done(Action.CREATED)


async def test_a_refused_control_message_can_be_redriven(service: Service) -> None:
    """An operator made a typing error, or came too early. The letter is still a control message."""
    check_refused(await service.handler.retry(control("check")), "no such record")
    assert await service.handler.event(event_body()) == Done(Action.CREATED)
    [letter] = await dead_letters(service.letters)
    redriven = letter.model_copy(update={"redriven": True, "number": None}).text().encode()
    assert await service.handler.retry(redriven) in (Done(Action.CHECKED), Done(Action.UNCHANGED))


async def test_a_check_waits_while_the_ledger_cannot_be_reached(service: Service) -> None:
    """A missing table isn't the same as a missing record."""
    await service.storage.table(service.settings.activities_table).delete_table()
    outcome = await service.handler.retry(control("check"))
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.HOLD


@pytest.mark.usefixtures("activity")
async def test_a_check_that_is_retried_is_still_a_check(service: Service, simulator: Simulator) -> None:
    """If its request gets no response, it doesn't turn into a mere sync."""
    simulator.fault(operation="get", status=500)
    outcome = await service.handler.retry(control("check"))
    assert isinstance(outcome, Retry)
    assert outcome.reason is RetryReason.UNCLEAR
    queue = service.storage.queue(service.settings.retry_queue)
    [text] = await waiting_texts(queue)
    assert await service.handler.retry(text) == Done(Action.CHECKED)


async def waiting_texts(queue: Any) -> list[bytes]:  # noqa: ANN401  the storage SDK's client
    """Return the texts of a queue's messages, as soon as one is visible."""
    while True:
        found = [message.content.encode() async for message in queue.receive_messages()]
        if found:
            return found
        await asyncio.sleep(0.05)


def check_refused(outcome: Outcome, said: str) -> None:
    """Check that it became a dead letter `malformed` that says this."""
    assert isinstance(outcome, DeadLetter)
    assert outcome.reason is Reason.MALFORMED
    assert said in outcome.detail
