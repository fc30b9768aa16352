"""One Azurite for the tests of this folder, in each test process."""

import asyncio
from collections.abc import Iterator

import pytest

from tools.local.azurite import Azurite


@pytest.fixture(scope="session")
def azurite() -> Iterator[Azurite]:
    """A running Azurite, shared: tests choose names of their own in it."""
    running = Azurite()
    asyncio.run(running.start())
    yield running
    asyncio.run(running.stop())
