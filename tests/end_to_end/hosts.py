"""Host processes that run the product's function app."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests import ROOT
from tools.develop.host.process import HostProcess, embedded

# The heartbeat runs on its own schedule and requests a token.
NO_HEARTBEAT = {"AzureWebJobs.heartbeat.Disabled": "true"}


@asynccontextmanager
async def host(environment: Mapping[str, str], folder: Path, *, lock_seconds: int = 600) -> AsyncIterator[HostProcess]:
    """Run the function app in a host with these app settings but without the heartbeat."""
    settings = {"PATH": os.environ["PATH"], **NO_HEARTBEAT, **environment}
    running = embedded(ROOT, settings, folder, "host", lock_seconds=lock_seconds)
    try:
        yield running
    finally:
        running.kill()
        await running.wait()
