"""Each command needs only the rights for its task, and says in one line which ones are missing."""

import math

import pytest

from activities.service import Service
from tests.faults.actions import Status
from tests.faults.exchange import counts, matching
from tests.faults.proxied import Proxied
from tests.tools.operate.conftest import Run
from tests.tools.operate.dead_letters.events import RECORD, listed
from tools.operate.each import CONCURRENCY

FORBIDDEN = Status(403, {"x-ms-error-code": "AuthorizationPermissionMismatch"})
REFUSED = {
    "list": (["list"], "blob:container_list", "Storage Blob Data Reader on the container of dead letters"),
    "show": (["show", RECORD], "blob:get", "Storage Blob Data Reader on the container of dead letters"),
    "dry run": (
        ["redrive", "--dry-run"],
        "blob:container_list",
        "Storage Blob Data Reader on the container of dead letters",
    ),
    "redrive, sending": (["redrive"], "queue:put:*", "Storage Queue Data Message Sender on the retry queue"),
    "redrive, deleting": (["redrive"], "blob:delete", "Storage Blob Data Contributor on the container"),
    "purge": (["purge", RECORD, "--yes"], "blob:delete", "Storage Blob Data Contributor on the container"),
    "poison": (["redrive", "--poison"], "queue:get:*", "Storage Queue Data Contributor on the poison queues"),
}


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(
    ("arguments", "requests"),
    [
        (["list"], {"blob:container_list": 1}),
        (["show", RECORD], {"blob:container_list": 1, "blob:get": 1}),
        (["redrive", "--dry-run"], {"blob:container_list": 1}),
        (["purge", "--reason", "malformed"], {"blob:container_list": 1}),
    ],
    ids=["list", "show", "dry run", "without confirmation"],
)
async def test_commands_that_only_look_only_read(
    run: Run, environment: dict[str, str], arguments: list[str], requests: dict[str, int]
) -> None:
    """Commands that only look send only requests that a reader's rights allow."""
    async with Proxied(environment) as proxied:
        await run("dead-letters", *arguments, "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert counts(proxied.log) == requests


@pytest.mark.usefixtures("letters")
@pytest.mark.parametrize(("arguments", "step", "role"), REFUSED.values(), ids=REFUSED)
async def test_an_operator_who_lacks_a_role_is_told_which(
    run: Run, environment: dict[str, str], arguments: list[str], step: str, role: str
) -> None:
    """A refusal is one line that names the role and the resource. There's no traceback."""
    async with Proxied(environment) as proxied:
        proxied[step.partition(":")[0]].rule(step, action=FORBIDDEN, times=math.inf)
        ran = await run("dead-letters", *arguments, "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 3
    [line] = ran.err.splitlines()
    assert role in line
    assert "docs/deployment.md" in line


async def test_a_redrive_stops_at_the_first_refusal(run: Run, environment: dict[str, str], service: Service) -> None:
    """A redrive stops at the first refusal, so nobody waits for thousands of them. The letters stay."""
    for number in range(3 * CONCURRENCY):
        await service.handler.event(f"<{number}/>".encode())
    async with Proxied(environment) as proxied:
        proxied["queue"].rule("queue:put:*", action=FORBIDDEN, times=math.inf)
        ran = await run("dead-letters", "redrive", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 3
    assert f"0  redriven, {3 * CONCURRENCY} failed" in ran.out
    assert len(matching(proxied.log, "queue:put:*")) <= CONCURRENCY
    assert len(await listed(run)) == 3 * CONCURRENCY


async def test_a_body_that_may_not_be_uploaded_is_explained_too(
    run: Run, environment: dict[str, str], service: Service
) -> None:
    """A large body goes to a separate container, which needs a separate role. The letter stays."""
    await service.handler.event(b"x" * 65_536)
    async with Proxied(environment) as proxied:
        proxied["blob"].rule("blob:put", action=FORBIDDEN, times=math.inf)
        ran = await run("dead-letters", "redrive", "--connection-string", proxied.environment["AzureWebJobsStorage"])
    assert ran.code == 3
    [line] = ran.err.splitlines()
    assert "Storage Blob Data Contributor on the containers of dead letters and of event bodies" in line
    assert len(await listed(run)) == 1
