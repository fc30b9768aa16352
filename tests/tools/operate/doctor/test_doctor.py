"""One command tells operators what's wrong with storage or the app, and what to do."""

import math
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities import __version__
from activities.domain.outcomes import Reason
from activities.domain.shared_state import GraphState, HoldSeen
from activities.pulse import Pulse
from activities.service import Service
from activities.settings import Settings
from tests.faults.actions import Status as Answer
from tests.faults.proxied import Proxied
from tests.heartbeat import beat
from tests.tools.operate.conftest import Ran, Run
from tests.unreadable import UNREADABLE, answer_as_the_service
from tools.develop.simulator import Simulator
from tools.develop.simulator.config import PERMISSIONS
from tools.operate.account import Account
from tools.operate.doctor.app import FIXES, heartbeat

type Break = Callable[[Account, Service, Simulator], Awaitable[object]]
LOOKING = ("queue:properties:", "queue:peek:", "table:query", "shared:get", "blob:container_list")
FORBIDDEN = Answer(403, {"x-ms-error-code": "AuthorizationPermissionMismatch"})


async def doctor(run: Run, *arguments: str) -> tuple[Ran, dict[str, str]]:
    """Run the command. Return what it printed, and the checks that failed, each with its fix."""
    ran = await run("doctor", "--json", *arguments)
    assert all(finding.keys() == {"check", "ok", "fix"} for finding in ran.objects)
    return ran, {finding["check"]: finding["fix"] for finding in ran.objects if not finding["ok"]}


async def test_all_is_well(run: Run, settings: Settings) -> None:
    """If everything is there and the app has written a heartbeat, there's nothing to fix."""
    await beat(settings)
    ran, wrong = await doctor(run)
    assert (ran.code, wrong) == (0, {})
    ran = await run("doctor")
    assert ran.code == 0
    assert ran.out.endswith(" checks, nothing to put right\n")
    assert f"ok   version: {__version__}\n" in ran.out


MODES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "live": ({}, {"syncMode": "live", "pilotLearners": 0}, "live"),
    "shadow": (
        {"sync_mode": "shadow"},
        {"syncMode": "shadow", "pilotLearners": 0},
        "in shadow: nothing is written to Graph",
    ),
    "pilot": (
        {"pilot_learners": frozenset({"ann", "ben"})},
        {"syncMode": "live", "pilotLearners": 2},
        "in shadow, except for a pilot group of 2",
    ),
}


@pytest.mark.parametrize(("changes", "told", "said"), MODES.values(), ids=MODES)
async def test_shadow_is_told_and_is_no_failure(
    run: Run, settings: Settings, changes: dict[str, Any], told: dict[str, Any], said: str
) -> None:
    """Shadow is intended, but it explains why a learner sees nothing in Viva Learning. `status` reports it too."""
    await beat(settings.model_copy(update=changes))
    ran, wrong = await doctor(run)
    assert (ran.code, wrong) == (0, {})
    [finding] = [one for one in ran.objects if one["check"] == "mode"]
    assert finding["fix"].partition(";")[0] == said
    assert told in (await run("status", "--json")).objects
    assert f"the app is {said}\n" in (await run("status")).out


async def no_table(account: Account, service: Service, _: Simulator) -> None:
    """Delete the table of people."""
    await account.table(service.settings.people_table).delete_table()


async def no_queue(account: Account, *_: object) -> None:
    """Delete the inbound queue."""
    await account.events.delete_queue()


async def no_container(account: Account, *_: object) -> None:
    """Delete the container of dead letters."""
    await account.letters.delete_container()


async def malformed(_: Account, service: Service, __: Simulator) -> None:
    """Send something that isn't an event."""
    await service.handler.event(b"<completed/>")


async def poison(account: Account, service: Service, _: Simulator) -> None:
    """Leave a message on a poison queue."""
    await account.queue(f"{service.settings.events_queue}-poison").send_message("a message")


async def hold(_: Account, service: Service, __: Simulator) -> None:
    """Hold a kind of request."""
    holds = {"create/assignment": HoldSeen("create: 403 provider is disabled", time.time())}
    await service.shared.exchange(GraphState(holds=holds).plus)


async def no_role(_: Account, service: Service, simulator: Simulator) -> None:
    """Take a permission away from the app."""
    simulator.configure(permissions={"content", "user"})
    await beat(service.settings)


async def no_token(_: Account, service: Service, __: Simulator) -> None:
    """Write the heartbeat of an app that has no token."""
    await service.shared.beat({"version": __version__, "provider_id": service.settings.learning_provider_id})


async def another_version(_: Account, service: Service, __: Simulator) -> None:
    """Write the heartbeat of another version of the app."""
    await service.shared.beat({"version": "0.0.1", "provider_id": service.settings.learning_provider_id})


async def another_provider(_: Account, service: Service, __: Simulator) -> None:
    """Write the heartbeat of an app whose learning provider isn't the one in the environment."""
    await service.shared.beat({"version": __version__, "provider_id": "another"})


async def wrong_clock(_: Account, service: Service, __: Simulator) -> None:
    """Write the heartbeat of an app whose clock is ahead."""
    await service.shared.beat({"clock": time.time() + 3600})


BROKEN: dict[str, tuple[Break, str, str]] = {
    "table": (no_table, "table people", "deploy again"),
    "queue": (no_queue, "queue events", "deploy again"),
    "container": (no_container, "container dead", "deploy again"),
    "malformed": (malformed, "dead letters: 1 malformed", "purge it"),
    "poison": (poison, "messages on events", "dead-letters redrive --poison"),
    "hold": (hold, "hold of create/assignment", "provider is disabled"),
    "role": (no_role, "permission for assignments", "LearningAssignedCourse.ReadWrite.All is missing"),
    "token": (no_token, "token", "managed identity"),
    "version": (another_version, "version", "the app is 0.0.1"),
    "provider": (another_provider, "learning provider", "the app has another"),
    "clock": (wrong_clock, "clock of the app", "+3600 s off storage's clock"),
}


@pytest.mark.parametrize(("breaks", "check", "fix"), BROKEN.values(), ids=BROKEN)
async def test_what_is_broken_is_found(  # noqa: PLR0913, PLR0917  the parts of a table
    run: Run,
    account: Account,
    service: Service,
    simulator: Simulator,
    breaks: Break,
    check: str,
    fix: str,
) -> None:
    """The check names what's broken, the fix says what to do, and the exit code is 1."""
    await beat(service.settings)
    await breaks(account, service, simulator)
    ran, wrong = await doctor(run)
    assert ran.code == 1
    [(_, found)] = [(name, text) for name, text in wrong.items() if name.startswith(check)]
    assert fix in found


async def test_without_a_heartbeat_the_app_is_not_running(run: Run, settings: Settings) -> None:
    """If there's no heartbeat, that's the only finding: the app is stopped, or its settings are wrong."""
    assert settings
    ran, wrong = await doctor(run)
    assert (ran.code, list(wrong)) == (1, ["heartbeat"])


def test_an_old_heartbeat_is_a_finding() -> None:
    """An old heartbeat is a finding, because the app writes one every minute."""
    found = list(heartbeat({"version": __version__}, datetime.now(UTC) - timedelta(minutes=20)))
    assert (found[0].check, found[0].ok) == ("heartbeat", False)
    assert "20 minutes old" in found[0].fix


async def test_a_permission_counts_from_the_next_heartbeat(run: Run, settings: Settings, simulator: Simulator) -> None:
    """Each heartbeat gets a new token, so a process that runs for hours notices a permission granted meanwhile."""
    simulator.configure(permissions=PERMISSIONS - {"assignment"})
    pulse = Pulse(settings)
    await pulse.beat()
    _, before = await doctor(run)
    simulator.configure(permissions=PERMISSIONS)
    await pulse.beat()
    await pulse.close()
    _, after = await doctor(run)
    assert (list(before), after) == (["permission for assignments"], {})


@pytest.mark.parametrize("row", [{}, {"roles": "[1"}, {"clock": "noon", "roles": 7, "has_token": True}], ids=str)
def test_a_damaged_heartbeat_stops_nothing(row: dict[str, Any]) -> None:
    """Whatever is in the heartbeat's row, the command reads as much of it as it can."""
    assert list(heartbeat(row, datetime.now(UTC)))


async def test_a_message_that_nobody_can_read_is_found(
    run: Run, environment: dict[str, str], account: Account, settings: Settings
) -> None:
    """If nobody can read a message, the fix is the command that finds it."""
    await account.events.send_message(UNREADABLE)
    async with Proxied(environment) as proxied:
        answer_as_the_service(proxied)
        _, wrong = await doctor(run, "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert f"lms-sync queues unreadable --queue {settings.events_queue}" in wrong[f"queue {settings.events_queue}"]


async def test_a_missing_right_is_one_line(run: Run, environment: dict[str, str], settings: Settings) -> None:
    """The finding names the role that's missing. The other checks still run."""
    async with Proxied(environment) as proxied:
        proxied["blob"].rule("blob:container_list", action=FORBIDDEN, times=math.inf)
        ran, wrong = await doctor(run, "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 1
    assert "Storage Blob Data Reader on it" in wrong[f"container {settings.dead_letter_container}"]
    assert "heartbeat" in wrong


async def test_who_may_only_read_is_told_so(run: Run, environment: dict[str, str], settings: Settings) -> None:
    """Having no right to redrive isn't a fault: not everybody needs it."""
    await beat(settings)
    async with Proxied(environment) as proxied:
        proxied["blob"].rule("blob:delete", action=FORBIDDEN, times=math.inf)
        ran = await run("doctor", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 0
    assert "ok   your right to redrive and purge: you may only read" in ran.out


async def test_who_may_nothing_is_told_in_one_sentence(run: Run, environment: dict[str, str]) -> None:
    """If nothing can be read, the output is a single sentence."""
    async with Proxied(environment) as proxied:
        for service in ("blob", "queue", "table"):
            proxied[service].rule("*", action=FORBIDDEN, times=math.inf)
        ran = await run("doctor", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert (ran.code, ran.out) == (3, "")
    assert len(ran.err.splitlines()) == 1


async def test_a_check_changes_nothing(run: Run, environment: dict[str, str], settings: Settings) -> None:
    """The only request that could delete something names a blob that doesn't exist."""
    assert settings
    async with Proxied(environment) as proxied:
        await run("doctor", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    changing = [one for one in proxied.log if not one.kind.startswith(LOOKING)]
    assert [(one.kind, "no-such-letter" in one.target) for one in changing] == [("blob:delete", True)]


def test_every_reason_has_a_fix() -> None:
    """For every reason of a dead letter, operators are told what to do."""
    assert FIXES.keys() == {reason.value for reason in Reason}
