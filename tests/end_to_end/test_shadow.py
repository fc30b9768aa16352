"""The demonstration in shadow and then live: the same records without a write, then the same activities."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from activities.domain.record import ActivityRecord
from activities.storage.keys import RECORDS
from activities.storage.rows import record_of
from tests.end_to_end.hosts import host
from tests.tools.operate.calling import call
from tools.develop.azurite import Azurite, create_storage
from tools.develop.demo.__main__ import SETTINGS
from tools.develop.demo.cases import PROCESS, Case, cases
from tools.develop.demo.runner import CaseRunner
from tools.develop.demo.tenant import PEOPLE, tenant
from tools.develop.host.log import Invocation
from tools.develop.host.process import HostProcess
from tools.develop.senders import webhook_settings
from tools.develop.simulator import Simulator
from tools.develop.stack import KIND_GRACE, NAMES, POLLING
from tools.operate.account import Account

WRITES = ("create", "update", "delete")
_LONG = 60


@dataclass
class Place:
    """One run's storage, Graph and host. To the cases it looks like a stack."""

    environment: Mapping[str, str]
    simulator: Simulator
    host: HostProcess | None = None

    @property
    def connection_string(self) -> str:
        """The connection string of the storage account."""
        return self.environment["AzureWebJobsStorage"]

    @property
    def url(self) -> str | None:
        """The address of the HTTP functions."""
        return None if self.host is None else self.host.url

    async def follow(self) -> AsyncIterator[Invocation]:
        """Yield the invocations of the host."""
        while self.host is not None and self.host.exit_code is None:
            for invocation in self.host.invocations():
                yield invocation
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def at_work(self, folder: Path, **settings: str) -> AsyncIterator[None]:
        """Run the app here."""
        async with host({**self.environment, **settings}, folder) as running:
            await running.ready()
            self.host = running
            yield

    async def records(self) -> dict[str, ActivityRecord]:
        """Return the records in the ledger, by enrollment."""
        async with Account(connection_string=self.connection_string) as account:
            rows = account.table(self.environment["ACTIVITIES_TABLE"]).query_entities(RECORDS)
            found = [record_of(row) async for row in rows]
        return {record.enrollment_id: record for record in found}

    async def idle(self) -> None:
        """Wait until no message is left, hidden ones included."""
        async with asyncio.timeout(_LONG), Account(connection_string=self.connection_string) as account:
            queues = [account.queue(self.environment[name]) for name in ("LMS_EVENTS_QUEUE", "LMS_EVENTS_RETRY_QUEUE")]
            while any([(await queue.get_queue_properties()).approximate_message_count for queue in queues]):  # noqa: ASYNC110  only storage knows
                await asyncio.sleep(0.2)

    def activities(self) -> dict[str, dict[str, Any]]:
        """Return what learners see, by enrollment. A value that was never there equals one that is gone."""
        return {
            one.external_id: {name: value for name, value in one.body.items() if value is not None}
            for one in self.simulator.activities
        }

    def writes(self) -> Counter[str]:
        """Return how often Graph was asked to change something."""
        return Counter(one.operation for one in self.simulator.requests if one.operation in WRITES)


@asynccontextmanager
async def place(azurite: Azurite, name: str) -> AsyncIterator[Place]:
    """Return storage and Graph for a run of this name."""
    names = {setting: f"{name}{value}".replace("-", "") for setting, value in NAMES.items()}
    await create_storage(azurite.connection_string, names)
    async with tenant() as simulator:
        common = {"AzureWebJobsStorage": azurite.connection_string, POLLING: "00:00:01", **KIND_GRACE, **names}
        yield Place({**common, **simulator.environment, **SETTINGS, **webhook_settings()}, simulator)


async def play(at: Place, chosen: list[Case]) -> list[str]:
    """Let the app handle the cases one by one. Return the reasons of the remaining dead letters."""
    async with CaseRunner(at) as runner:  # type: ignore[arg-type]  it looks like a stack
        await runner.load_people(PEOPLE)
        for case in chosen:
            await runner.run(case)
        await at.idle()
        return sorted(letter.reason for letter in await runner.letters())


def in_shadow() -> list[Case]:
    """Return the cases for shadow. No write is sent, so the faults of writes and the redrives are left out."""
    return [
        replace(case, functions=(PROCESS,) if case.fault else case.functions, fault={})
        for case in cases()
        if case.message is not None
    ]


@contextmanager
def named(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let commands find storage through these app settings."""
    with monkeypatch.context() as patched:
        for name in ("AzureWebJobsStorage", *NAMES):
            patched.setenv(name, environment[name])
        yield


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Make a folder for each host that is started."""
    for name in ("live", "shadow", "then"):
        (tmp_path / name).mkdir()
    return tmp_path


async def test_the_demonstration_in_shadow_and_then_live(
    azurite: Azurite, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In shadow, merges and lookups are the same but nothing is written. `reconcile --pending` makes the activities."""
    async with place(azurite, "live") as live, live.at_work(folders / "live"):
        left = await play(live, cases())
        records, activities = await live.records(), live.activities()
        assert activities

    async with place(azurite, "shadow") as later:
        async with later.at_work(folders / "shadow", SYNC_MODE="shadow"):
            assert await play(later, in_shadow()) == left
        assert later.writes() == {}
        ours = await later.records()
        assert _merged(ours) == _merged(records)
        # One enrollment is withdrawn before anything was written.
        held = {name for name, one in ours.items() if one.sync.held_back is not None}
        assert held == {name for name, one in records.items() if one.sync.activity is not None}

        later.simulator.configure(unlicensed_learners=set())
        async with later.at_work(folders / "then"):
            with named(later.environment, monkeypatch):
                assert await call("reconcile", "--pending", "--rate", "100") == 0
            await later.idle()
        assert later.activities() == activities
        assert later.writes() == {"create": len(activities)}
        assert {one.sync.state for one in (await later.records()).values()} == {"settled"}


def _merged(records: Mapping[str, ActivityRecord]) -> dict[str, tuple[object, ...]]:
    """Return what was merged, without ids: a statement without an id gets a new one at each delivery."""
    return {
        name: (
            one.owner,
            one.facts.moments,
            {field: (value.clock.occurred, value.value) for field, value in one.facts.fields.items()},
        )
        for name, one in records.items()
    }
