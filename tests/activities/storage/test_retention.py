"""Retention: old settled records are forgotten, one partition a minute, and nothing else is."""

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.domain.message import Message
from activities.domain.outcomes import Action, DeadLetter, Done, Reason
from activities.domain.record import FORGOTTEN
from activities.domain.sync_parts import Failing
from activities.domain.sync_state import SyncState
from activities.service import Service
from activities.settings import Settings
from activities.storage.keys import keys
from activities.storage.retention import Retention
from tests.heartbeat import beat
from tests.native_event import event_body
from tools.develop.simulator import Simulator

DAYS = 30.0
DAY = 24 * 3600.0


def body(enrolment: str = "enrolment-1", *, days_ago: float = 40, **changes: object) -> bytes:
    """Return an event that occurred this many days ago."""
    occurred = (datetime.now(UTC) - timedelta(days=days_ago)).isoformat()
    return event_body(enrollmentId=enrolment, eventId=f"{enrolment} {days_ago}", occurredAt=occurred, **changes)


async def run(service: Service, enrolment: str = "enrolment-1", *, days_later: float = 2.0, largest: int = 100) -> int:
    """Let an enrolment's partition have its turn, this many days from now."""
    retention = Retention(service.ledger, service.letters, DAYS, largest)
    later = time.time() + days_later * DAY
    partition = int(keys(enrolment)[0], 16)
    minute = int(later // 60)
    turn = minute + (partition - minute) % 256
    return await retention.run(turn * 60.0)


async def row(service: Service, enrolment: str = "enrolment-1") -> dict[str, Any]:
    """Return the enrolment's row."""
    return dict(await service.storage.table(service.settings.activities_table).get_entity(*keys(enrolment)))


async def update(service: Service, enrolment: str = "enrolment-1", **columns: object) -> None:
    """Change columns of a row."""
    partition, key = keys(enrolment)
    table = service.storage.table(service.settings.activities_table)
    await table.upsert_entity({"PartitionKey": partition, "RowKey": key, **columns})


async def test_an_old_record_is_forgotten_and_its_activity_stays(service: Service, simulator: Simulator) -> None:
    """Nothing is sent to Graph. The row says which activity it was."""
    await service.handler.event(body())
    requests = len(simulator.requests)
    assert await run(service) == 1
    [activity] = simulator.activities
    found = await row(service)
    assert (found["state"], found["left_id"], len(simulator.requests)) == (FORGOTTEN, activity.id, requests)
    assert "enrollment_id" not in found
    assert await run(service) == 0


async def test_a_late_duplicate_and_a_later_event_meet_a_tombstone(service: Service, simulator: Simulator) -> None:
    """As after the control message: the duplicate changes nothing, and the later event continues the same activity."""
    first = body()
    await service.handler.event(first)
    [before] = simulator.activities
    # Two days from now, Graph shows it.
    before.shows_at = 0.0
    assert await run(service) == 1
    assert await service.handler.event(first) == Done(Action.UNCHANGED)
    found = await row(service)
    assert found["state"] == FORGOTTEN
    await update(service, left_conclusive_from=0.0)
    assert await service.handler.event(body(days_ago=1, progress={"percentage": 70})) == Done(Action.UPDATED)
    [after] = simulator.activities
    assert (after.id, after.body["completionPercentage"]) == (before.id, 70)


async def test_a_record_with_a_recent_event_is_kept(service: Service) -> None:
    """Its first event was long ago, but its latest one wasn't."""
    await service.handler.event(body())
    await service.handler.event(body(days_ago=20, progress={"percentage": 30}))
    assert await run(service) == 0


async def test_a_record_that_has_just_changed_is_kept(service: Service) -> None:
    """An LMS that sends its old events again may send an older one later."""
    await service.handler.event(body())
    assert await run(service, days_later=0.5) == 0


@pytest.mark.parametrize("state", [SyncState(failing=Failing(1)), SyncState(parked="malformed", letter=1)])
async def test_what_is_not_settled_is_kept(service: Service, state: SyncState) -> None:
    """There's still something to do, or somebody has to look at it."""
    await service.handler.event(body())
    stored = await service.ledger.load("enrolment-1")
    await service.ledger.store(stored.record.synced(state), stored.etag)
    assert await run(service) == 0


async def test_a_letter_that_was_to_be_swept_goes_too(service: Service) -> None:
    """Nothing would lead to it any more."""
    await service.handler.event(body())
    stored = await service.ledger.load("enrolment-1")
    healed = replace(stored.record.sync, letter=1, sweep=True)
    await service.ledger.store(stored.record.synced(healed), stored.etag)
    await service.letters.write(Message(body()), DeadLetter(Reason.REJECTED_BY_GRAPH, "why"), "enrolment-1", number=1)
    assert await run(service) == 1
    assert [letter async for letter in service.letters.list()] == []
    assert (await row(service))["sweep"] is False


async def test_only_the_partition_whose_turn_it_is_is_looked_at(service: Service) -> None:
    """So a run reads a small part of the ledger. All partitions have had their turn after 256 minutes."""
    await service.handler.event(body())
    other = next(f"enrolment-{n}" for n in range(2, 99) if keys(f"enrolment-{n}")[0] != keys("enrolment-1")[0])
    assert await run(service, other) == 0


async def test_a_run_forgets_only_so_many(service: Service) -> None:
    """The others are forgotten when the partition has its next turn."""
    neighbour = next(f"enrolment-{n}" for n in range(2, 9999) if keys(f"enrolment-{n}")[0] == keys("enrolment-1")[0])
    for enrolment in ("enrolment-1", neighbour):
        await service.handler.event(body(enrolment))
    assert [await run(service, largest=1) for _ in range(3)] == [1, 1, 0]


async def test_the_timer_forgets_if_the_setting_says_so(settings: Settings, service: Service) -> None:
    """The heartbeat says how many records were forgotten. Without the setting, it says nothing about it."""
    await beat(settings)
    assert "forgotten" not in (await service.shared.heartbeat() or {})
    await beat(settings.model_copy(update={"retention_days": 30}))
    assert (await service.shared.heartbeat() or {})["forgotten"] == 0
