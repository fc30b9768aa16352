"""Storage logs the URLs of requests, so commands that look for a learner put no name into them."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from activities.service import Service
from tests.faults.proxied import Proxied
from tests.native_event import ASSIGNED, event_body
from tests.tools.operate.calling import call

LEARNER = str(ASSIGNED["learner"]["entraObjectId"])
ADDRESS = "ann.lee@contoso.example"


@pytest.mark.parametrize(
    "command",
    [
        ("activity", "--learner", LEARNER, "--stored"),
        ("activity", "--learner", ADDRESS, "--course", "course of Ann", "--stored"),
        ("forget", "--learner", LEARNER),
        ("export-person", "--learner", LEARNER, "--out", "ann.json"),
        ("people", "list", "--source", "lms of Ann", "--show-personal-data"),
    ],
    ids=lambda command: command[0],
)
async def test_no_url_names_a_learner(
    service: Service,
    environment: Mapping[str, str],
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """No URL names the learner, neither as the command does nor as the ledger does."""
    await service.handler.event(event_body())
    monkeypatch.chdir(tmp_path)
    async with Proxied(dict(environment)) as proxied:
        monkeypatch.setenv("AzureWebJobsStorage", proxied.environment["AzureWebJobsStorage"])
        await call(*command)
        urls = [exchange.target for exchange in proxied.log]
    assert [url for url in urls if "$filter" in url or "comp=list" in url or "restype" in url or "()" in url] != []
    assert [url for url in urls if LEARNER in url or "ann" in url.lower()] == []
