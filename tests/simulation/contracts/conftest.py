"""Storage and Graph, both in memory and real. Each contract test runs with both."""

from collections.abc import AsyncIterator, Mapping

import pytest

from activities.service import Service
from activities.settings import Settings
from tests.conftest import TIMES
from tests.faults.proxied import Proxied
from tests.simulation.contracts import graphs
from tests.simulation.contracts.faulty import Faulty, FaultyAzurite, FaultyMemory
from tests.simulation.contracts.graphs import Case
from tests.simulation.contracts.storage import Storage, in_azurite, in_memory
from tools.develop.simulator import Config

_SETTINGS = Settings.model_validate(
    TIMES | {"LEARNING_PROVIDER_ID": Config().provider_id, "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
)


@pytest.fixture(params=["memory", "azurite"])
def storage(request: pytest.FixtureRequest) -> Storage:
    """Return the app's storage."""
    return in_memory() if request.param == "memory" else in_azurite(request.getfixturevalue("service"))


@pytest.fixture
async def proxied(environment: Mapping[str, str]) -> AsyncIterator[FaultyAzurite]:
    """Run a service with fault proxies in front of its storage."""
    async with Proxied(dict(environment)) as proxies:
        service = Service(Settings.model_validate(proxies.environment))
        yield FaultyAzurite(service, proxies)
        await service.close()


@pytest.fixture(params=["memory", "azurite"])
def faulty(request: pytest.FixtureRequest) -> Faulty:
    """Return storage on which requests can be made to fail."""
    faulty: Faulty = FaultyMemory() if request.param == "memory" else request.getfixturevalue("proxied")
    return faulty


@pytest.fixture
async def in_memory_graph() -> Case:
    """Return a client with a tenant in memory. Like the real one, it needs an event loop."""
    return graphs.in_memory(_SETTINGS)


@pytest.fixture(params=["memory", "tcp"])
def case(request: pytest.FixtureRequest) -> Case:
    """Return a Graph client and its tenant."""
    if request.param == "memory":
        client: Case = request.getfixturevalue("in_memory_graph")
        return client
    service: Service = request.getfixturevalue("service")
    return graphs.over_tcp(service.graph, request.getfixturevalue("simulator"))
