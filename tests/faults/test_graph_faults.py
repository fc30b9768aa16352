"""Whatever Graph does to one request: bounded time, one retry message, no request too many, and right in the end.

The product runs in this process, on real storage and the simulator. A retry is handled without waiting for it, by
another process's product whose clock has moved on by then.
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
# For storage, and for a machine that does something else for a while.
SLACK = 4.0
VERY_SLOW = 60.0
LONGEST = 3600
ROUNDS = 3
UNCLEAR, THROTTLED = RetryReason.UNCLEAR, RetryReason.THROTTLED


@dataclass(frozen=True)
class Row:
    """A fault of the simulator, and what the invocation that meets it should do.

    `reason`: of the retry, none if the answer was good enough; `at_least`, `at_most`: seconds until the retry.
    """

    fault: Mapping[str, Any]
    reason: RetryReason | None = UNCLEAR
    at_least: float = 0
    at_most: float = math.inf
    operations: tuple[str, ...] = ("create", "update", "delete")


def throttling(form: str, seconds: float = 0, *, at_least: float, at_most: float = math.inf) -> Row:
    """A 429 that says in some form how long to wait."""
    return Row({"status": 429, "retry_after": form, "retry_seconds": seconds}, THROTTLED, at_least, at_most)


def answer(damage: str, reason: RetryReason | None = UNCLEAR) -> Row:
    """A 201 whose body is no good; updates and deletions are answered without one."""
    return Row({"damage": damage, "slowness": VERY_SLOW}, reason, operations=("create",))


ROWS = {
    "429 seconds": throttling("seconds", 7, at_least=7, at_most=30),
    "429 date": throttling("date", 90, at_least=85, at_most=120),
    "429 no header": throttling("none", at_least=5, at_most=60),
    "429 minutes in the message only": throttling("message", 180, at_least=180, at_most=210),
    "429 a year": throttling("31536000", at_least=LONGEST, at_most=LONGEST + 60),
    "429 more digits than a float has": throttling("9" * 400, at_least=0, at_most=LONGEST + 60),
    "429 negative": throttling("-5", at_least=0, at_most=60),
    "429 a date long ago": throttling("Mon, 01 Jan 1990 00:00:00 GMT", at_least=0, at_most=60),
    "429 words": throttling("soon", at_least=0, at_most=60),
    "500": Row({"status": 500}),
    "500 and done": Row({"status": 500, "after_effect": True}),
    "502": Row({"status": 502}),
    "502 and done": Row({"status": 502, "after_effect": True}),
    "503": Row({"status": 503, "retry_after": "seconds", "retry_seconds": 7}, THROTTLED, 7),
    "503 and done": Row({"status": 503, "after_effect": True}, THROTTLED),
    "504": Row({"status": 504}),
    "504 and done": Row({"status": 504, "after_effect": True}),
    "504 in HTML": Row({"status": 504, "body": "<html>Gateway Timeout</html>"}),
    "408": Row({"status": 408}),
    "408 and done": Row({"status": 408, "after_effect": True}),
    "connection reset": Row({"reset": "before"}),
    "connection reset and done": Row({"reset": "after"}),
    "slow to begin": Row({"delay": VERY_SLOW}),
    "slow to answer": Row({"delay_response": VERY_SLOW}),
    "slow headers": Row({"damage": "slow_headers", "slowness": VERY_SLOW}),
    "slow body": answer("slow_body"),
    "truncated JSON": answer("truncated"),
    "cut off in the body": answer("cut"),
    "HTML": answer("html"),
    "wrong content type": answer("wrong_type", None),
    "2xx with an empty body": answer("empty"),
}


@dataclass
class Bench:
    """The product before proxied storage, and further ones like it that live later."""

    settings: Settings
    proxied: Proxied
    simulator: Simulator
    stack: AsyncExitStack
    later: float = 0
    events: list[Event] = field(default_factory=list)

    async def service(self) -> Service:
        """Another process's: it knows nothing, and its clock is as late as the last retry."""
        app = Service(self.settings, clock=lambda: time.time() + self.later)
        self.stack.push_async_callback(app.close)
        return app

    async def event(self, app: Service, event: Event) -> Outcome:
        """Hand an event over."""
        self.events.append(event)
        return await app.handler.event(json.dumps(event).encode())

    async def right_in_the_end(self, outcome: Outcome, app: Service | None = None) -> None:
        """Handle retries as they come due until nothing is left to do; then Graph says what the events say.

        Given a service, the retries come to that one, else each to another.
        """
        for _ in range(ROUNDS):
            if not isinstance(outcome, Retry):
                break
            self.later += outcome.after
            if app is not None:
                await asyncio.sleep(HOLD)  # what a process holds, it holds for so long on its real clock
            outcome = await (app or await self.service()).handler.retry(self.retries()[-1])
        assert isinstance(outcome, Done)
        assert compare(expected_state(self.events), activities_of(self.simulator)).clean

    def retries(self) -> list[bytes]:
        """The envelopes that were put on the retry queue, as they passed the proxy."""
        puts = matching(self.proxied["queue"].log, f"queue:put:{self.settings.retry_queue}")
        texts = [re.search(r"<MessageText>(.*)</MessageText>", put.body.decode(), re.DOTALL) for put in puts]
        return [html.unescape(found[1]).encode() for found in texts if found]

    def dead_letters(self) -> int:
        """How many were written."""
        return len(matching(self.proxied["blob"].log, "blob:put"))


@pytest.fixture
async def bench(
    environment: Mapping[str, str], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Bench]:
    """The product in this process, with short times."""
    async with Proxied({**environment, **TIMES}) as proxied, AsyncExitStack() as stack:
        for name, value in proxied.environment.items():
            monkeypatch.setenv(name, value)
        yield Bench(Settings(), proxied, simulator, stack)


def events_for(operation: str) -> list[Event]:
    """Two events of an enrolment, or one, of which the last leads to this request."""
    assigned, started, *_ = story(secrets.SystemRandom(), FIRST)
    removed = {**started, "eventType": "course.unassigned"}
    return {"create": [assigned], "update": [assigned, started], "delete": [assigned, removed]}[operation]


@pytest.mark.parametrize(
    ("operation", "name"), [(operation, name) for name, row in ROWS.items() for operation in row.operations]
)
async def test_a_fault_of_graph(bench: Bench, operation: str, name: str) -> None:
    """The invocation is short, leaves one retry that is due in good time, and the retry makes everything right."""
    row = ROWS[name]
    app = await bench.service()
    *before, event = events_for(operation)
    for earlier in before:
        assert isinstance(await bench.event(app, earlier), Done)
    bench.simulator.fault(operation=operation, **row.fault)
    started = time.monotonic()
    outcome = await bench.event(app, event)
    assert time.monotonic() - started < DEADLINE + SLACK
    assert (outcome.reason if isinstance(outcome, Retry) else None) == row.reason
    if isinstance(outcome, Retry):
        assert row.at_least <= outcome.after <= row.at_most
    assert len(bench.retries()) == (row.reason is not None)
    await bench.right_in_the_end(outcome)
    assert bench.dead_letters() == 0
    # At most: before, the faulty one, a lookup, the create again, and an update of what was found.
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
    """It holds events and dead-letters none; once it is over, they get through, also in the process that met it."""
    app = await bench.service()
    (event,) = events_for("create")
    normal = {name: getattr(bench.simulator.config, name) for name in TOKEN_FAULTS[name]}
    bench.simulator.configure(**TOKEN_FAULTS[name])
    started = time.monotonic()
    outcome = await bench.event(app, event)
    assert time.monotonic() - started < DEADLINE + SLACK
    assert isinstance(outcome, Retry)
    assert outcome.reason == RetryReason.HOLD
    bench.simulator.configure(**normal)
    await bench.right_in_the_end(outcome, app if same_process else None)
    assert bench.dead_letters() == 0
