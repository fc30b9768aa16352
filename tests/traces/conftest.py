"""A world for each test, with the default times and a clock that the test sets."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack

import pytest

from activities.settings import Settings
from activities.storage.account import StorageAccount
from tests.conftest import TIMES
from tests.faults.proxied import Proxied
from tests.traces.post import Post
from tests.traces.worker import Worker
from tests.traces.world import World
from tools.develop.simulator import Simulator


@pytest.fixture
async def world(
    environment: Mapping[str, str], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """Provide a world whose workers each reach storage and Graph over TCP, through their own fault proxies."""
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, environment[name])
    chosen = {name: value for name, value in environment.items() if name not in {*TIMES, "IDENTITY_ENDPOINT"}}
    settings = Settings.model_validate(chosen)
    storage = StorageAccount(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(storage.close)

        async def start(clock: Callable[[], float], changes: Mapping[str, str]) -> Worker:
            proxied = await stack.enter_async_context(Proxied(chosen))
            worker = Worker(proxied, Settings.model_validate({**proxied.environment, **changes}), post, clock)
            stack.push_async_callback(worker.service.close)
            return worker

        letters = storage.container(settings.dead_letter_container)
        queues = {"events": settings.events_queue, "retries": settings.retry_queue}
        post = Post(lambda: made.now, dead_letters=letters, **queues)
        made = World(simulator, settings, storage, post, start)
        yield made
