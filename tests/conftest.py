"""Fixtures for all tests: one Azurite for each pytest worker, and a simulator and own names for each test."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest
import trustme

from activities.service import Service
from activities.settings import Settings
from tools.develop.azurite import Azurite, create_storage
from tools.develop.simulator import Simulator

# Short times in the proportions that the rules need: deadline < lease, margin and settle time well below both.
TIMES = {
    "GRAPH_DEADLINE_SECONDS": "2",
    "LEASE_SECONDS": "3",
    "CLOCK_MARGIN_SECONDS": "0.1",
    "SETTLE_SECONDS": "0.1",
    "HOLD_SECONDS": "1",
}


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """Emulate storage. All tests of a pytest worker share it, and each uses its own names."""
    running = Azurite()
    asyncio.run(running.start())
    yield running
    asyncio.run(running.stop())


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a file with one certificate authority. Reading all that are known takes 20 ms for each client of Graph."""
    file = tmp_path_factory.mktemp("trusted") / "authorities.pem"
    trustme.CA().cert_pem.write_to_path(file)
    return file


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Simulate Graph, anew for each test."""
    async with Simulator() as running:
        yield running


@pytest.fixture
async def environment(azurite: Azurite, simulator: Simulator, authorities: Path) -> Mapping[str, str]:
    """Return app settings with short times that lead to this test's own queues, tables and simulator."""
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
    own = {"AzureWebJobsStorage": azurite.connection_string, "SSL_CERT_FILE": str(authorities)}
    return {**own, **simulator.environment, **names, **TIMES}


@pytest.fixture
def settings(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Read this test's settings from the process's environment, as in production."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[Service]:
    """Run the service in this process, with Azurite and the simulator over TCP."""
    running = Service(settings)
    yield running
    await running.close()
