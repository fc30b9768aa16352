"""What all tests share: one Azurite a pytest worker, and per test a Graph simulator and names of its own in storage."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from activities.service import Service
from activities.settings import Settings
from tools.develop.azurite import Azurite, create_storage
from tools.develop.simulator import Simulator

# Short times keep the rules' proportions: deadline < lease, margin and settle time well below both.
TIMES = {
    "GRAPH_DEADLINE_SECONDS": "2",
    "LEASE_SECONDS": "3",
    "CLOCK_MARGIN_SECONDS": "0.3",
    "SETTLE_SECONDS": "1",
    "HOLD_SECONDS": "1",
}


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """Storage, emulated; shared by all tests of a worker, each with names of its own."""
    running = Azurite()
    asyncio.run(running.start())
    yield running
    asyncio.run(running.stop())


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Graph, simulated; a fresh one for each test."""
    async with Simulator() as running:
        yield running


@pytest.fixture
async def environment(azurite: Azurite, simulator: Simulator) -> Mapping[str, str]:
    """App settings that lead to this test's own queues, tables and simulator, with short times."""
    suffix = secrets.token_hex(6)
    names = {
        "LMS_EVENTS_QUEUE": f"events-{suffix}",
        "LMS_EVENTS_RETRY_QUEUE": f"retry-{suffix}",
        "DEAD_LETTER_CONTAINER": f"dead-{suffix}",
        "EVENT_BODY_CONTAINER": f"bodies-{suffix}",
        "ACTIVITIES_TABLE": f"activities{suffix}",
        "PEOPLE_TABLE": f"people{suffix}",
    }
    await create_storage(azurite.connection_string, names)
    return {"AzureWebJobsStorage": azurite.connection_string, **simulator.environment, **names, **TIMES}


@pytest.fixture
def settings(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of this test, read from the process's environment as in production."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """The whole product in this process, on real storage and the simulator over TCP."""
    app = Service(settings)
    yield app
    await app.close()
