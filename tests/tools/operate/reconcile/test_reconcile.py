"""Operators have the app compare, repair and set going many records."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from activities.domain.record import row_key
from activities.service import Service
from activities.settings import Settings
from tests.native_event import ASSIGNED
from tests.tools.operate.conftest import Run, texts
from tests.tools.operate.working import at_work, drained, shown
from tools.develop.simulator import Simulator
from tools.operate.account import Account
from tools.operate.each import each
from tools.operate.reconcile.asking import MOST

COUNT = 5
NAMES = [f"enrolment-{number}" for number in range(COUNT)]


async def assign(service: Service) -> None:
    """Let the app handle an assignment for each enrolment."""
    for name in NAMES:
        await service.handler.event(json.dumps(ASSIGNED | {"enrollmentId": name}).encode())


@pytest.fixture
async def shadow(settings: Settings) -> AsyncIterator[Service]:
    """The app in shadow."""
    running = Service(settings.model_copy(update={"sync_mode": "shadow"}))
    yield running
    await running.close()


async def test_drift_is_reported_and_then_repaired(run: Run, service: Service, simulator: Simulator) -> None:
    """Comparing changes nothing. The repair takes only the record that differed, and afterwards nothing differs."""
    await assign(service)
    await shown(service)
    changed = simulator.activities[1]
    changed.body["status"] = "completed"
    key = row_key(changed.external_id)
    async with at_work(service):
        ran = await run("reconcile", "--json", "--rate", "100")
        assert ran.code == 1
        assert ran.objects == [
            {"record": key, "differs": ["status"]},
            {"compared": COUNT, "differ": 1, "repaired": False, "changing": 0, "unanswered": 0},
        ]
        assert changed.body["status"] == "completed"
        ran = await run("reconcile", "--repair", "--rate", "100")
        assert (ran.code, changed.body["status"]) == (1, "inProgress")
        assert "compared: 1, differed and repaired: 1" in ran.out
        ran = await run("reconcile", "--older-than", "0m", "--rate", "100")
        assert (ran.code, ran.err) == (0, "")


async def test_what_was_compared_lately_is_left_out(run: Run, service: Service, simulator: Simulator) -> None:
    """A record that was compared recently is left out, so an interrupted run continues where it stopped."""
    await assign(service)
    await shown(service)
    async with at_work(service):
        await run("activity", NAMES[0])
        before = len(simulator.requests)
        ran = await run("reconcile", "--json", "--rate", "100")
    assert ran.objects[-1]["compared"] == COUNT - 1
    assert len(simulator.requests) - before == COUNT - 1


async def test_the_rate_is_kept(run: Run, service: Service) -> None:
    """The rate is limited because each comparison costs a request to Graph."""
    await assign(service)
    began = time.monotonic()
    ran = await run("reconcile", "--rate", "4", "--wait", "0")
    assert time.monotonic() - began >= (COUNT - 1) / 4
    assert (ran.code, f"no result yet: {COUNT}" in ran.err) == (1, True)


async def test_what_was_held_back_is_set_going(
    run: Run, shadow: Service, service: Service, simulator: Simulator
) -> None:
    """Each record is set going once, so a second run finds nothing."""
    await assign(shadow)
    assert simulator.activities == []
    ran = await run("reconcile", "--pending", "--rate", "100", "--json")
    assert (ran.code, ran.objects) == (0, [{"asked": COUNT}])
    await drained(service)
    assert sorted(activity.external_id for activity in simulator.activities) == NAMES
    ran = await run("reconcile", "--pending", "--json")
    assert (ran.code, ran.objects) == (0, [{"asked": 0}])


async def test_who_is_still_in_shadow_stays_so(run: Run, shadow: Service, simulator: Simulator) -> None:
    """If the learner is still in shadow, the record stays held back and Graph gets no request."""
    await assign(shadow)
    requests = len(simulator.requests)
    await run("reconcile", "--pending", "--rate", "100")
    await drained(shadow)
    assert len(simulator.requests) == requests
    assert (await run("reconcile", "--pending", "--rate", "100", "--json")).objects == [{"asked": COUNT}]


async def test_no_more_is_asked_for_than_the_app_answers(run: Run, service: Service, account: Account) -> None:
    """If the app isn't running, the queue doesn't fill up with requests."""
    await assign(service)
    settled = (await service.ledger.load(NAMES[0])).record

    async def store(number: int) -> None:
        await service.ledger.store(replace(settled, enrollment_id=f"another {number}"), None)

    assert [error for _, error in await each(range(MOST), store) if error] == []
    ran = await run("reconcile", "--json", "--rate", "1000", "--wait", "1")
    assert (ran.code, ran.objects[-1]["unanswered"]) == (1, MOST + COUNT)
    assert (await account.retries.get_queue_properties()).approximate_message_count == MOST


async def test_a_record_that_changes_just_then_keeps_nobody_waiting(
    run: Run, service: Service, simulator: Simulator, account: Account
) -> None:
    """A record that isn't settled when the app gets to it is counted but not compared. The others are compared."""
    await assign(service)
    await shown(service)
    simulator.fault(operation="update", status=503, times=1)
    asking = asyncio.ensure_future(run("reconcile", "--json", "--rate", "100"))
    while not await texts(account, service.settings.retry_queue):  # noqa: ASYNC110  only storage knows
        await asyncio.sleep(0.01)
    further = ASSIGNED | {"enrollmentId": NAMES[0], "eventId": "2", "eventType": "course.progressed"}
    further |= {"occurredAt": "2022-05-11T22:57:17+00:00", "progress": {"percentage": 80}}
    await service.handler.event(json.dumps(further).encode())
    async with at_work(service):
        ran = await asking
    assert ran.objects[-1]["compared"] + ran.objects[-1]["changing"] == COUNT
    assert ran.objects[-1]["unanswered"] == 0
