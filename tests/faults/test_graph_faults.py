"""Whatever happens to one request, the service is quick and writes one retry, and Graph ends up right.

The service runs in this process, with Azurite and the simulator. Tests don't wait until a retry is due. They hand it
to another service whose clock is ahead.
"""

import asyncio
import html
import json
import math
import re
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from activities.domain.outcomes import Done, Outcome, Retry, RetryReason
from activities.service import Service
from activities.settings import Settings
from tests.faults.accounting import compare, expected_state
from tests.faults.exchange import matching
from tests.faults.proxied import Proxied
from tests.faults.rig import activities_of
from tests.faults.workload import FIRST, Event, story
from tools.develop.simulator import Simulator

DEADLINE = 1.0
HOLD = 0.3
TIMES = {"GRAPH_DEADLINE_SECONDS": str(DEADLINE), "LEASE_SECONDS": "1.5", "HOLD_SECONDS": str(HOLD)}
# Extra time for storage and a busy machine.
SLACK = 4.0
VERY_SLOW = 60.0
ROUNDS = 3
UNCLEAR, THROTTLED = RetryReason.UNCLEAR, RetryReason.THROTTLED


@dataclass(frozen=True)
class Row:
    """A fault of the simulator, and what the invocation that meets it should do.

    Args:
        fault: the fault.
        reason: the reason of the retry, or None if there should be no retry.
        at_least: how many seconds from now the retry should be due at the earliest.
        at_most: how many seconds from now it should be due at the latest.
        operations: the operations that the fault concerns.
    """

    fault: Mapping[str, Any]
    reason: RetryReason | None = UNCLEAR
    at_least: float = 0
    at_most: float = math.inf
    operations: tuple[str, ...] = ("create", "update", "delete")


def damaged(damage: str, reason: RetryReason | None = UNCLEAR) -> Row:
    """Return a row for a 201 whose body is damaged. Only the response to a create has a body."""
    return Row({"damage": damage, "slowness": VERY_SLOW}, reason, operations=("create",))


ROWS = {
    "429": Row({"status": 429, "retry_after": "seconds", "retry_seconds": 7}, THROTTLED, 7, 30),
    "500": Row({"status": 500}),
    "500 after the effect": Row({"status": 500, "after_effect": True}),
    "503": Row({"status": 503, "retry_after": "seconds", "retry_seconds": 7}, THROTTLED, 7),
    "503 after the effect": Row({"status": 503, "after_effect": True, "retry_after": "seconds"}, THROTTLED),
    "503 that names no time": Row({"status": 503}),
    "503 that names no time, after the effect": Row({"status": 503, "after_effect": True}),
    "504 in HTML": Row({"status": 504, "body": "<html>Gateway Timeout</html>"}),
    "connection reset": Row({"reset": "before"}),
    "connection reset after the effect": Row({"reset": "after"}),
    "slow": Row({"delay": VERY_SLOW}),
    "slow after the effect": Row({"delay_response": VERY_SLOW}),
    "slow headers": Row({"damage": "slow_headers", "slowness": VERY_SLOW}),
    "slow body": damaged("slow_body"),
    "truncated JSON": damaged("truncated"),
    "connection lost in the body": damaged("cut"),
    "HTML": damaged("html"),
    "wrong content type": damaged("wrong_type", None),
    "empty body": damaged("empty"),
}


@dataclass
class Bench:
    """Services behind proxies. Their clocks can be ahead of the real one."""

    settings: Settings
    proxied: Proxied
    simulator: Simulator
    stack: AsyncExitStack
    later: float = 0
    events: list[Event] = field(default_factory=list)

    async def service(self) -> Service:
        """Start a service as another process would. By its clock, the last retry is due."""
        service = Service(self.settings, clock=lambda: time.time() + self.later)
        self.stack.push_async_callback(service.close)
        return service

    async def event(self, service: Service, event: Event) -> Outcome:
        """Hand an event to a service."""
        self.events.append(event)
        return await service.handler.event(json.dumps(event).encode())

    async def check_right_in_the_end(self, outcome: Outcome, service: Service | None = None) -> None:
        """Handle retries until the event is done, and check that Graph matches the events.

        Without a service, each retry goes to a new one.
        """
        for _ in range(ROUNDS):
            if not isinstance(outcome, Retry):
                break
            self.later += outcome.after
            if service is not None:
                await asyncio.sleep(HOLD)  # a process's holds end by the real clock
            outcome = await (service or await self.service()).handler.retry(self.retries()[-1])
        assert isinstance(outcome, Done)
        assert compare(expected_state(self.events), activities_of(self.simulator)).clean

    def retries(self) -> list[bytes]:
        """Return the envelopes that were put on the retry queue, as they passed the proxy."""
        puts = matching(self.proxied["queue"].log, f"queue:put:{self.settings.retry_queue}")
        texts = [re.search(r"<MessageText>(.*)</MessageText>", put.body.decode(), re.DOTALL) for put in puts]
        return [html.unescape(found[1]).encode() for found in texts if found]

    def dead_letters(self) -> int:
        """Count the dead letters that were written."""
        return len(matching(self.proxied["blob"].log, "blob:put"))


@pytest.fixture
async def bench(
    environment: Mapping[str, str], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    """Run services in this process, with short times."""
    async with Proxied({**environment, **TIMES}) as proxied, AsyncExitStack() as stack:
        for name, value in proxied.environment.items():
            monkeypatch.setenv(name, value)
        yield Bench(Settings(), proxied, simulator, stack)


def events_for(operation: str) -> list[Event]:
    """Return an enrollment's events. The last one leads to this request."""
    assigned, started, *_ = story(secrets.SystemRandom(), FIRST)
    unassigned = {**started, "eventType": "course.unassigned"}
    return {"create": [assigned], "update": [assigned, started], "delete": [assigned, unassigned]}[operation]


@pytest.mark.parametrize(
    ("operation", "name"), [(operation, name) for name, row in ROWS.items() for operation in row.operations]
)
async def test_a_fault_of_graph(bench: Bench, operation: str, name: str) -> None:
    """The invocation is short and writes one retry that is due in time. Then everything ends up right."""
    row = ROWS[name]
    service = await bench.service()
    *before, event = events_for(operation)
    for earlier in before:
        assert isinstance(await bench.event(service, earlier), Done)
    bench.simulator.fault(operation=operation, **row.fault)
    started = time.monotonic()
    outcome = await bench.event(service, event)
    assert time.monotonic() - started < DEADLINE + SLACK
    assert (outcome.reason if isinstance(outcome, Retry) else None) == row.reason
    if isinstance(outcome, Retry):
        assert row.at_least <= outcome.after <= row.at_most
    assert len(bench.retries()) == (row.reason is not None)
    await bench.check_right_in_the_end(outcome)
    assert bench.dead_letters() == 0
    # At most the earlier requests, the failed one, a lookup, another create, and an update of what was found.
    assert len(matching(bench.proxied.log, "graph:*")) <= len(before) + 4


TOKEN_FAULTS: dict[str, Mapping[str, Any]] = {
    "failing": {"identity_status": 500},
    "refusing": {"identity_status": 400},
    "slow": {"identity_delay": VERY_SLOW},
    "issuing expired tokens": {"token_lifetime": -3600},
    "issuing tokens for somebody else": {"token_audience": "https://example.com"},
}


@pytest.mark.parametrize("name", TOKEN_FAULTS)
@pytest.mark.parametrize("same_process", [True, False])
async def test_a_fault_of_the_identity_endpoint(bench: Bench, name: str, same_process: bool) -> None:  # noqa: FBT001
    """Events are held and not dead-lettered, and are applied once the fault is fixed, even in the same process."""
    service = await bench.service()
    (event,) = events_for("create")
    normal = {name: getattr(bench.simulator.config, name) for name in TOKEN_FAULTS[name]}
    bench.simulator.configure(**TOKEN_FAULTS[name])
    started = time.monotonic()
    outcome = await bench.event(service, event)
    assert time.monotonic() - started < DEADLINE + SLACK
    assert isinstance(outcome, Retry)
    assert outcome.reason == RetryReason.HOLD
    bench.simulator.configure(**normal)
    await bench.check_right_in_the_end(outcome, service if same_process else None)
    assert bench.dead_letters() == 0
