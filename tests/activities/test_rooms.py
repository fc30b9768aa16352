"""The pure modules stay pure."""

import subprocess
import sys

import pytest

CLOUD = ("azure.", "msgraph.graph_service_client", "kiota_http", "httpx", "aiohttp")


@pytest.mark.parametrize(
    "module",
    [
        "intake.parse",
        "domain.events",
        "domain.record",
        "domain.sync_state",
        "domain.outcomes",
        "domain.errors",
        "domain.retry_policy",
        "graph.responses",
    ],
)
def test_a_pure_module_imports_no_cloud_client(module: str) -> None:
    """What decides can be tested and understood without anything that talks to the network."""
    program = f"import sys, activities.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert not [name for name in loaded if name.startswith(CLOUD)]
