"""Which requests a rule acts on, and what the log says about them."""

import math
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from tests.faults.actions import Status
from tests.faults.exchange import counts, matching
from tests.faults.proxy import FaultProxy

type Send = Callable[..., Awaitable[list[int]]]


@pytest.fixture
def send(client: aiohttp.ClientSession) -> Send:
    """Send a POST to each of the paths, with the path as its body, and return the statuses."""

    async def send(*paths: str) -> list[int]:
        found = []
        for path in paths:
            async with client.post(path, data=path) as response:
                found.append(response.status)
        return found

    return send


async def test_a_rule_counts_requests_of_its_pattern(send: Send, proxy: FaultProxy) -> None:
    """`nth` and `times` count from the moment when the rule was added."""
    await send("/a", "/a")
    rule = proxy.rule("other:POST:/a*", action=Status(500), nth=2, times=2)
    assert (await send("/a", "/b", "/a", "/ab", "/a")) == [200, 200, 500, 500, 200]
    assert [exchange.target for exchange in rule.fired] == ["/a", "/ab"]
    assert (await rule.reached) is rule.fired[0]


async def test_a_rule_counts_only_what_its_condition_accepts(send: Send, proxy: FaultProxy) -> None:
    """A condition at the point "after" may look at the response."""
    rule = proxy.rule("*", point="after", action=Status(500), when=lambda e: e.response == b"echo /c")
    assert (await send("/b", "/c", "/c")) == [200, 500, 200]
    assert rule.seen == 2


async def test_a_rule_acts_until_it_is_removed(send: Send, proxy: FaultProxy) -> None:
    """`times=math.inf` sets no limit."""
    rule = proxy.rule("*", action=Status(500), times=math.inf)
    assert (await send("/b", "/c")) == [500, 500]
    proxy.remove(rule)
    assert (await send("/b")) == [200]


async def test_the_log_has_every_request_in_order(send: Send, proxy: FaultProxy) -> None:
    """The log has the kind, body, status, faults and times of each request."""
    proxy.rule("*:/b", action=Status(503))
    await send("/a", "/b", "/a")
    assert [(e.kind, e.body, e.status, e.faults) for e in proxy.log] == [
        ("other:POST:/a", b"/a", 200, []),
        ("other:POST:/b", b"/b", 503, ["before: Status"]),
        ("other:POST:/a", b"/a", 200, []),
    ]
    assert counts(proxy.log) == {"other:POST:/a": 2, "other:POST:/b": 1}
    assert len(matching(proxy.log, "*:/a")) == 2
    starts = [exchange.received for exchange in proxy.log]
    assert starts == sorted(starts)
