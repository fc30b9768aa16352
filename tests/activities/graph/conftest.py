"""Fixtures for tests of the Graph room: its client, with the simulator over TCP and without storage."""

import time
from collections.abc import AsyncIterator

import pytest

from activities.graph.client import Graph
from activities.settings import Settings
from tests.activities.graph.parts import Memory
from tests.conftest import TIMES
from tools.develop.simulator import Simulator


@pytest.fixture
def shared() -> Memory:
    """Return what the processes tell each other."""
    return Memory()


@pytest.fixture
async def graph(simulator: Simulator, shared: Memory, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Graph]:
    """Connect to the simulated Graph. Nothing listens where the settings say that storage is."""
    storage = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}
    for name, value in {**simulator.environment, **TIMES, **storage}.items():
        monkeypatch.setenv(name, value)
    running = Graph(Settings(), shared, time.time)
    yield running
    await running.close()
