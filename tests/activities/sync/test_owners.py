"""Whose activity is shown: nobody's learning appears as somebody else's, whatever ids and names events share."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.domain.desired import desired_state
from activities.domain.message import Message
from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason
from activities.domain.record import row_key
from activities.domain.terms import OwnerIds, Reference, ResolvedIds
from activities.service import Service
from tests.activities.sync.tenant import ANN, BOB, COURSE, EVE
from tests.native_event import event_body
from tests.storage_reading import dead_letters, wait_for_retry
from tools.develop.simulator import Simulator

RECORD = row_key("enrolment-1")
NAME, ADDRESS = {"userPrincipalName": "ann@contoso.example"}, {"email": "ann.smith@contoso.example"}
BOBS_NAME, TYPING_ERROR = {"userPrincipalName": "bob@contoso.example"}, {"email": "an@contoso.example"}

LETTER = DeadLetter(Reason.LEARNER_NOT_FOUND, "nobody")


def event(minute: int, kind: str = "progressed", **parts: object) -> bytes:
    """Return an event of these tests' enrolment."""
    time = datetime(2026, 3, 1, 9, tzinfo=UTC) + timedelta(minutes=minute)
    more = {"progress": None} if kind == "completed" else {"progress": {"percentage": minute}}
    name = {"eventId": f"e-{minute}", "eventType": f"course.{kind}", "occurredAt": time.isoformat()}
    return event_body(**name, **{"learner": NAME, "course": {"learningContentId": COURSE.id}, **more, **parts})


def writes(simulator: Simulator) -> list[str]:
    """Return the requests to Graph that change something, in order."""
    return [request.operation for request in simulator.requests if request.method in ("POST", "PATCH", "DELETE")]


def refused(outcome: Outcome) -> Reason | None:
    """Return why a message became a dead letter."""
    return outcome.reason if isinstance(outcome, DeadLetter) else None


@pytest.mark.parametrize("known", ["in Graph", "not in Graph"])
async def test_another_learner_with_the_same_enrolment_changes_nothing(
    service: Service, simulator: Simulator, known: str
) -> None:
    """If two learners' events share an id, one learner's completion is neither deleted nor shown as the other's."""
    if known == "not in Graph":
        simulator.fault(operation="create", status=403, body={"error": {"code": "x", "message": "Invalid licence"}})
    await service.handler.event(event(1, "completed"))
    before, shown = await service.ledger.load("enrolment-1"), [activity.body for activity in simulator.activities]

    outcome = await service.handler.event(event(2, "completed", learner=BOBS_NAME))

    assert refused(outcome) is Reason.IDENTITY_CONFLICT
    assert await service.ledger.load("enrolment-1") == before
    assert [activity.body for activity in simulator.activities] == shown
    letters = {letter.reason: letter for letter in await dead_letters(service.letters)}
    conflict = letters[Reason.IDENTITY_CONFLICT]
    assert (conflict.body(), conflict.number) == (event(2, "completed", learner=BOBS_NAME), None)
    assert conflict.id != RECORD


async def test_one_person_named_in_turn_by_name_and_address_keeps_one_activity(
    service: Service, simulator: Simulator
) -> None:
    """Another name of the owner costs one lookup, but no delete and no create."""
    outcomes = [
        await service.handler.event(event(minute, learner=ADDRESS if minute % 2 else NAME)) for minute in range(6)
    ]
    assert outcomes == [Done(Action.CREATED), *[Done(Action.UPDATED)] * 5]
    assert writes(simulator) == ["create", *["update"] * 5]
    assert simulator.counts["find_user", "200"] == 2
    owner = (await service.ledger.load("enrolment-1")).record.owner
    assert owner is not None
    assert owner.learner == Reference("userPrincipalName", ANN.user_principal_name)
    assert owner.also == (Reference("email", "ann.smith@contoso.example"),)


async def test_a_typing_error_is_corrected_by_the_next_event(service: Service, simulator: Simulator) -> None:
    """An owner who never turned out to be anybody yields. The earlier event stays as a dead letter of its own."""
    assert refused(await service.handler.event(event(50, learner=TYPING_ERROR))) is Reason.LEARNER_NOT_FOUND

    assert await service.handler.event(event(40)) == Done(Action.CREATED)

    [activity] = simulator.activities
    assert (activity.body["learnerUserId"], activity.body["completionPercentage"]) == (ANN.id, 40)
    [letter] = await dead_letters(service.letters)
    assert (letter.reason, letter.body(), letter.number) == (
        Reason.LEARNER_NOT_FOUND,
        event(50, learner=TYPING_ERROR),
        None,
    )
    assert letter.id != RECORD


async def test_with_an_activity_nobody_yields(service: Service, simulator: Simulator) -> None:
    """Somebody who has left isn't the same as somebody who never existed: the activity stays theirs."""
    assert await service.handler.event(event(1)) == Done(Action.CREATED)
    simulator.config.users = (BOB, EVE)

    assert refused(await service.handler.event(event(2, learner=BOBS_NAME))) is Reason.IDENTITY_CONFLICT
    assert await service.handler.event(event(3)) == Done(Action.UPDATED)
    [activity] = simulator.activities
    assert activity.body["learnerUserId"] == ANN.id


async def test_an_address_that_was_given_to_somebody_else_is_a_conflict(service: Service, simulator: Simulator) -> None:
    """A new colleague doesn't get what somebody who left, with the same address, has learned."""
    assert await service.handler.event(event(1)) == Done(Action.CREATED)
    simulator.config.users = (BOB.model_copy(update={"user_principal_name": ANN.user_principal_name}),)
    record = (await service.ledger.load("enrolment-1")).record
    assert record.owner is not None
    assert record.owner.subject is not None
    await service.references.forget(record.owner.subject)

    replaced = event(2, "assigned", assignment={"type": "recommended"})
    assert refused(await service.handler.event(replaced)) is Reason.IDENTITY_CONFLICT

    [activity] = simulator.activities
    assert (activity.body["learnerUserId"], writes(simulator)) == (ANN.id, ["create"])
    [letter] = await dead_letters(service.letters)
    assert letter.id == RECORD, "the event is merged, and waits for an operator"


async def test_an_activity_of_old_is_not_updated_for_somebody_else(service: Service, simulator: Simulator) -> None:
    """After a month, the address is looked up again before an update. People who were renamed or left keep theirs."""
    assert await service.handler.event(event(1)) == Done(Action.CREATED)
    await _grow_old(service)
    simulator.config.users = (BOB,)
    assert await service.handler.event(event(2)) == Done(Action.UPDATED)

    await _grow_old(service)
    simulator.config.users = (BOB.model_copy(update={"user_principal_name": ANN.user_principal_name}),)
    assert refused(await service.handler.event(event(3))) is Reason.IDENTITY_CONFLICT

    assert [activity.body["completionPercentage"] for activity in simulator.activities] == [2]


async def _grow_old(service: Service) -> None:
    """Date the last confirmation of the owner's ids far back, and forget what was looked up."""
    stored = await service.ledger.load("enrolment-1")
    await service.ledger.store(stored.record.synced(stored.record.sync.confirmed(0.0)), stored.etag)
    assert stored.record.owner is not None
    assert stored.record.owner.subject is not None
    await service.references.forget(stored.record.owner.subject)


async def test_what_a_lookup_finds_is_adopted_only_if_it_is_the_owners(service: Service, simulator: Simulator) -> None:
    """An unclear create is looked up by the enrolment's id, which somebody else's activity may have."""
    simulator.fault(operation="create", reset="before")
    await service.handler.event(event(1))
    retry = await wait_for_retry(service)
    desired = desired_state((await service.ledger.load("enrolment-1")).record, service.settings.learning_provider_id)
    assert desired is not None
    await service.graph.create(desired, ResolvedIds(OwnerIds(BOB.id, COURSE.id)))

    assert refused(await service.handler.retry(retry.content.encode())) is Reason.IDENTITY_CONFLICT

    assert [activity.body["learnerUserId"] for activity in simulator.activities] == [BOB.id]
    assert (await service.ledger.load("enrolment-1")).record.sync.activity is None


async def test_a_letter_that_is_to_be_swept_still_is_after_a_change_of_owner(service: Service) -> None:
    """It's about an owner who has nothing to be shown, so it must not stay among the dead letters."""
    assert refused(await service.handler.event(event(1, learner=TYPING_ERROR))) is Reason.LEARNER_NOT_FOUND
    [letter] = await dead_letters(service.letters)
    await service.handler.event(event(2, "unassigned", learner=TYPING_ERROR, progress=None))
    # As if the process had died before it deleted the letter.
    await service.letters.write(Message(letter.body() or b""), LETTER, "enrolment-1", number=1)
    table = service.storage.table(service.settings.activities_table)
    await table.update_entity({"PartitionKey": RECORD[:2], "RowKey": RECORD, "sweep": True})
    assert await service.handler.event(event(3)) == Done(Action.CREATED)
    assert await dead_letters(service.letters) == []
