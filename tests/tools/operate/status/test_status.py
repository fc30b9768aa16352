"""Operators see what's waiting and what has failed. Looking changes nothing."""

import asyncio
import json
import math
import os
import signal
import sys
import time
from typing import Any

import pytest

from activities.domain.pace import Pace
from activities.domain.shared_state import GraphState, HoldSeen
from activities.service import Service
from activities.settings import Settings
from tests.faults.actions import Status as Answer
from tests.faults.exchange import counts
from tests.faults.proxied import Proxied
from tests.native_event import event_body
from tests.tools.operate.conftest import Run
from tests.unreadable import SECRET, UNREADABLE, answer_as_the_service
from tools.develop.simulator import Simulator
from tools.operate.account import Account

REFUSED = "create: 403 Forbidden \x1b[2J"


async def found(run: Run, key: str) -> list[dict[str, Any]]:
    """Return the objects of `status --json` that have this property."""
    ran = await run("status", "--json")
    assert ran.code == 0
    return [fact for fact in ran.objects if key in fact]


async def test_queues_have_a_depth_and_an_age(run: Run, account: Account, settings: Settings) -> None:
    """All the app's queues are listed, including those for messages that the host gave up on."""
    for text in ("one", "two"):
        await account.events.send_message(text)
    await asyncio.sleep(1.1)
    facts = await found(run, "queue")
    names = (settings.events_queue, settings.retry_queue)
    assert [fact["queue"] for fact in facts] == [*names, *(f"{name}-poison" for name in names)]
    assert [fact["depth"] for fact in facts] == [2, 0, 0, 0]
    assert 1 <= facts[0]["oldestSeconds"] <= 60
    assert facts[1]["oldestSeconds"] is None


@pytest.mark.usefixtures("settings")
async def test_what_waits_on_the_retry_queue_is_as_old_as_its_record(
    run: Run, service: Service, simulator: Simulator
) -> None:
    """Nobody can peek at a hidden message, so the record says how long the change has waited."""
    simulator.fault(operation="create", status=503, times=1)
    await service.handler.event(event_body())
    await asyncio.sleep(1.1)
    [waits] = await found(run, "oldestWaitsSeconds")
    [retries] = [fact for fact in await found(run, "queue") if fact["queue"] == service.settings.retry_queue]
    assert retries["depth"] == 1
    assert 1 <= waits["oldestWaitsSeconds"] <= retries["oldestSeconds"] <= 60
    assert await found(run, "state") == [{"state": "unclear", "records": 1}]


async def test_dead_letters_are_counted_by_reason(run: Run, service: Service) -> None:
    """Dead letters are counted by reason, and the most frequent reason comes first."""
    for text in (b"<1/>", b"<2/>", json.dumps(json.loads(event_body()) | {"occurredAt": "yesterday"}).encode()):
        await service.handler.event(text)
    assert await found(run, "reason") == [
        {"reason": "malformed", "deadLetters": 2},
        {"reason": "invalid_event", "deadLetters": 1},
    ]
    ran = await run("status")
    assert "dead letters: 3\n     2  malformed\n     1  invalid_event\n" in ran.out


async def test_holds_and_the_pace_are_shown(run: Run, service: Service) -> None:
    """A hold is shown until a request of its kind succeeds. Control characters in its detail are escaped."""
    now = time.time()
    hold = HoldSeen(REFUSED, now - 3600)
    pace = Pace(failed=4.0, since=now, period=3600.0)
    state = GraphState(
        now + 300, pace, last_success={"find_user": now}, holds={"create/assignment": hold, "find_user": hold}
    )
    await service.shared.exchange(state.plus)
    [shown] = await found(run, "hold")
    assert (shown["hold"], shown["detail"]) == ("create/assignment", REFUSED)
    assert 3600 <= shown["lastSeenSeconds"] < 3900
    [graph] = await found(run, "closedSeconds")
    assert 0 < graph["closedSeconds"] <= 300
    assert graph["requestsPerSecond"] == pytest.approx(3.88, abs=0.01)
    ran = await run("status")
    assert "throttled, closed for" in ran.out
    assert "on hold: create/assignment" in ran.out
    assert "\\x1b[2J" in ran.out
    assert "\x1b" not in ran.out


async def test_looking_receives_and_changes_nothing(run: Run, environment: dict[str, str]) -> None:
    """The command only reads: messages stay visible, and their dequeue counts don't change."""
    async with Proxied(environment) as proxied:
        await run("status", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert {":".join(kind.split(":")[:2]) for kind in counts(proxied.log)} == {
        "queue:properties",
        "queue:peek",
        "table:query",
        "shared:get",
        "blob:container_list",
    }


async def test_a_message_that_nobody_can_read_is_counted(
    run: Run, environment: dict[str, str], account: Account
) -> None:
    """A message that nobody can read is counted. Nothing from it is shown, but the rest of the status is."""
    await account.events.send_message(UNREADABLE)
    async with Proxied(environment) as proxied:
        answer_as_the_service(proxied)
        for more in ((), ("--json",)):
            string = proxied.environment["AzureWebJobsStorage"]
            ran = await run("status", "--connection-string", string, *more)
            assert ran.code == 0
            assert SECRET not in ran.out + ran.err
    assert (ran.objects[0]["depth"], ran.objects[0]["unreadable"]) == (1, 1)


@pytest.mark.usefixtures("settings")
async def test_a_part_that_cannot_be_read_costs_the_others_nothing(run: Run, environment: dict[str, str]) -> None:
    """What couldn't be read is shown as unknown and not as zero. The exit code and the error say what's missing."""
    forbidden = Answer(403, {"x-ms-error-code": "AuthorizationPermissionMismatch"})
    async with Proxied(environment) as proxied:
        proxied["table"].rule("table:query", action=forbidden, times=math.inf)
        ran = await run("status", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 3
    assert "records that are not settled: unknown\n" in ran.out
    assert "dead letters: 0\n" in ran.out
    [line] = ran.err.splitlines()
    assert line.startswith("records: not signed in, or not allowed")


@pytest.mark.usefixtures("settings")
async def test_watching_ends_well_with_an_interruption() -> None:
    """Ctrl-C is the normal way to stop watching, so it isn't a failure."""
    command = (sys.executable, "-m", "tools.operate", "status", "--watch", "--json")
    process = await asyncio.create_subprocess_exec(
        *command,
        env=dict(os.environ),
        stdout=asyncio.subprocess.PIPE,
        # Shells make background processes ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 30)
    await asyncio.sleep(0.5)
    process.send_signal(signal.SIGINT)
    await process.communicate()
    assert process.returncode == 0
