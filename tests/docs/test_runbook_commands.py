"""Each runbook's `lms-sync` commands are run from the operators' page and end as it says."""

import asyncio
import re
import secrets
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from activities.service import Service
from activities.settings import Settings
from tests import ROOT
from tests.docs.served_door import ENVIRONMENT, SECRET, SENDER, ServedDoor, served_door
from tests.faults.proxied import Proxied
from tests.heartbeat import beat
from tests.native_event import ASSIGNED, event_body
from tests.tools.operate.calling import call
from tests.tools.operate.working import at_work, drained, hold, shown
from tests.unreadable import UNREADABLE, answer_as_the_service
from tools.develop.simulator import Simulator
from tools.develop.simulator.config import PERMISSIONS

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
ENROLMENT, LEARNER = str(ASSIGNED["enrollmentId"]), str(ASSIGNED["learner"]["entraObjectId"])
_SECTION = re.compile(r"^#{2,3} (.+)\n((?:(?!^#{2,3} ).*\n?)*)", re.MULTILINE)
_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
# The page's placeholders for names that the reader fills in.
_NAMES = {"<enrolment id>": "ENROLMENT", "<sender>": "SENDER", "https://<app>.azurewebsites.net": "URL"}
_EXITS = re.compile(r"# exits (\d)")


@dataclass(frozen=True, slots=True)
class Line:
    """A command on the page, and the exit code that the page states."""

    words: tuple[str, ...]
    code: int


def _lines(block: str) -> list[Line]:
    """Return the `lms-sync` commands in a block, without the account, which the environment names."""
    found = []
    for line in block.splitlines():
        command = line.strip().replace("--account <storage account>", "")
        for written, name in _NAMES.items():
            command = command.replace(written, name)
        if command.startswith("lms-sync "):
            said = _EXITS.search(command)
            found.append(Line(tuple(shlex.split(command, comments=True)[1:]), int(said[1]) if said else 0))
    return found


RUNBOOKS: Mapping[str, list[list[Line]]] = {
    heading: blocks
    for heading, text in _SECTION.findall(OPERATIONS)
    if (blocks := [lines for block in _BLOCK.findall(text) if (lines := _lines(block))])
}


@dataclass(frozen=True, slots=True)
class World:
    """The app, its Graph, its webhook door, and what replaces the placeholders in commands."""

    service: Service
    simulator: Simulator
    door: ServedDoor
    names: dict[str, str]

    async def event(self, **changes: object) -> None:
        """Let the app handle an event."""
        await self.service.handler.event(event_body(**changes))


type Step = Callable[[World], Awaitable[object]]


async def nothing(_: World) -> None:
    """Do nothing."""


async def no_permission(world: World) -> None:
    """Take a permission away, and wait until everything is held."""
    await beat(world.service.settings)
    await hold(world.service, world.simulator)


async def all_permissions(world: World) -> None:
    """Grant it again, and wait for a successful probe."""
    world.simulator.configure(permissions=set(PERMISSIONS))
    await drained(world.service)
    async with asyncio.timeout(30):
        while (await world.service.shared.known()).held:  # noqa: ASYNC110  only storage knows
            await asyncio.sleep(0.05)


async def no_token(world: World) -> None:
    """Take the app's identity away."""
    world.simulator.configure(identity_status=400)
    await world.event()
    await beat(world.service.settings)


async def a_token(world: World) -> None:
    """Give the identity back."""
    world.simulator.configure(identity_status=None)
    await beat(world.service.settings)


async def beats(world: World) -> None:
    """Let the timer run."""
    await beat(world.service.settings)


async def a_backlog(world: World) -> None:
    """Let events pile up."""
    queue = world.service.storage.queue(world.service.settings.events_queue)
    for number in range(3):
        await queue.send_message(event_body(enrollmentId=f"enrolment {number}").decode())


async def no_licence(world: World) -> None:
    """Take a learner's license away."""
    world.simulator.configure(unlicensed_learners={LEARNER})
    await world.event()


async def a_licence(world: World) -> None:
    """Give it back."""
    world.simulator.configure(unlicensed_learners=set())


async def left_poison(world: World) -> None:
    """Let the app fail to collect a message that the host gave up on."""
    settings = world.service.settings
    await world.service.storage.queue(f"{settings.events_queue}-poison").send_message(event_body().decode())


async def poison(world: World) -> None:
    """The same, and let it collect another one."""
    await left_poison(world)
    await world.service.handler.poison(event_body(enrollmentId="another"))


async def unreadable(world: World) -> None:
    """Put unreadable text on the queue."""
    await world.service.storage.queue(world.service.settings.events_queue).send_message(UNREADABLE)


async def not_an_event(world: World) -> None:
    """Send something that isn't an event, and purge its dead letter."""
    await world.service.handler.event(b"<completed/>")
    [world.names["ID"]] = [facts.id async for facts in world.service.letters.list()]


async def drift(world: World) -> None:
    """Let someone else change an activity in Graph."""
    await world.event()
    await shown(world.service)
    [activity] = world.simulator.activities
    activity.body["status"] = "completed"


async def no_table(world: World) -> None:
    """Delete the ledger's table so that the heartbeat fails."""
    await world.service.storage.table(world.service.settings.activities_table).delete_table()


async def a_table(world: World) -> None:
    """Create it again."""
    await world.service.storage.table(world.service.settings.activities_table).create_table()
    await beat(world.service.settings)


async def no_queue(world: World) -> None:
    """Delete the inbound queue so that the door accepts nothing."""
    await beat(world.service.settings)
    await world.service.storage.queue(world.service.settings.events_queue).delete_queue()


async def a_queue(world: World) -> None:
    """Create it again."""
    await world.service.storage.queue(world.service.settings.events_queue).create_queue()


async def no_secret(world: World) -> None:
    """Remove the sender's secret from the app, which closes the sender."""
    world.door.open(None)


async def another_secret(world: World) -> None:
    """Change the secret on the app's side."""
    world.door.open(secrets.token_hex())


async def the_secret(world: World) -> None:
    """Give the app the LMS's secret."""
    world.door.open(SECRET)


async def an_activity(world: World) -> None:
    """Let an activity be created."""
    await world.event()


async def lost(world: World) -> None:
    """Lose the ledger after a backup."""
    await world.event()
    for name in ("ledger.jsonl", "tombstones.jsonl"):
        assert await call("ledger", "export", "--show-personal-data", "--out", name) == 0
    table = world.service.storage.table(world.service.settings.activities_table)
    await table.delete_table()
    await table.create_table()


@dataclass(frozen=True, slots=True)
class Trouble:
    """What breaks before the first block, what is repaired after it, and whether the app runs meanwhile."""

    breaks: Step
    mends: Step = nothing
    works: bool = False


TROUBLES: Mapping[str, Trouble] = {
    "configuration-hold": Trouble(no_permission, all_permissions),
    "no-telemetry": Trouble(nothing, beats),
    "no-success": Trouble(no_token, a_token),
    "no-events": Trouble(nothing),
    "oldest-event": Trouble(a_backlog),
    "oldest-change": Trouble(no_token, a_token),
    "dead-letters": Trouble(no_licence, a_licence),
    "old-dead-letters": Trouble(no_licence, a_licence),
    "poison": Trouble(poison),
    "poison-queue": Trouble(left_poison),
    "unreadable-queue": Trouble(unreadable),
    "throttling": Trouble(a_backlog),
    "failures": Trouble(no_table, a_table),
    "webhook-errors": Trouble(no_queue, a_queue),
    "webhook-closed": Trouble(no_secret, the_secret),
    "webhook-refusals": Trouble(another_secret, the_secret),
    "log-quota": Trouble(beats),
    "Dead letters and redrive": Trouble(not_an_event),
    "Check one activity": Trouble(drift, works=True),
    "Compare many activities": Trouble(drift, works=True),
    "Back up the ledger": Trouble(an_activity),
    "With a backup": Trouble(lost),
}


@pytest.fixture
async def environment(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Let processes share news often, keep holds short, and give up soon on the identity endpoint."""
    return {**environment, "SHARE_SECONDS": "0.2", "HOLD_SECONDS": "0.3", "GRAPH_DEADLINE_SECONDS": "1"}


@pytest.fixture
async def service(
    environment: Mapping[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Service]:
    """Make the app. Commands run in their own folder, and storage answers them like the real service."""
    running = Service(settings)
    async with Proxied(dict(environment)) as proxied:
        answer_as_the_service(proxied)
        monkeypatch.setenv("AzureWebJobsStorage", proxied.environment["AzureWebJobsStorage"])
        for name, value in ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        (tmp_path / "event.json").write_bytes(event_body())
        yield running
    await running.close()


def test_every_runbook_with_commands_is_run() -> None:
    """Each runbook with commands has its trouble here, and no other runbook does."""
    assert list(RUNBOOKS) == list(TROUBLES)
    assert all(line.code in (0, 1) for blocks in RUNBOOKS.values() for lines in blocks for line in lines)


@pytest.mark.parametrize("name", TROUBLES)
async def test_the_commands_of_a_runbook(
    service: Service, simulator: Simulator, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The commands find the fault and repair it, and then nothing is left to repair."""
    trouble = TROUBLES[name]
    names = {"ENROLMENT": ENROLMENT, "lms-events": service.settings.events_queue, "SENDER": SENDER}
    async with served_door(service) as door:
        world = World(service, simulator, door, names | {"URL": door.url})
        await _followed(world, trouble, RUNBOOKS[name], capsys)

    await drained(service)
    await beat(service.settings)
    assert await call("doctor") == 0, capsys.readouterr().out
    assert {activity.body["status"] for activity in simulator.activities} <= {"inProgress"}


async def _followed(
    world: World, trouble: Trouble, blocks: list[list[Line]], capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = blocks
    await trouble.breaks(world)

    async def follow(lines: list[Line]) -> None:
        for line in lines:
            code = await call(*(world.names.get(word, word) for word in line.words))
            assert code == line.code, (line.words, *capsys.readouterr())

    if trouble.works:
        async with at_work(world.service):
            await follow(first)
    else:
        await follow(first)
    await trouble.mends(world)
    for lines in others:
        await follow(lines)
