"""The simulated quota, and the ways in which Graph tells a client to wait."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.tools.develop.simulator.graph_calls import GraphCalls, repeat_until
from tools.develop.simulator import ASSUMED_QUOTA, Quota, Simulator


async def test_throttles_beyond_the_quota_of_each_window() -> None:
    """Requests beyond the quota get 429 and have no effect. A changed quota starts from zero."""
    quota = (Quota(requests=2, seconds=60), Quota(requests=100, seconds=600))
    async with Simulator(quota=quota) as simulator, GraphCalls(simulator) as graph:
        assert [(await graph.create()).status for _ in range(4)] == [201, 201, 429, 429]
        assert len(simulator.activities) == 2
        simulator.config.quota = (Quota(requests=1, seconds=60),)
        assert [(await graph.create()).status for _ in range(2)] == [201, 429]


async def test_a_window_slides() -> None:
    """Requests are accepted again when earlier ones have left the window."""
    async with Simulator(quota=[Quota(requests=1, seconds=0.2)]) as simulator, GraphCalls(simulator) as graph:
        assert [(await graph.create()).status for _ in range(2)] == [201, 429]
        assert (await repeat_until(graph.create, lambda reply: reply.status != 429)).status == 201


async def test_the_assumed_quota_is_one_per_second() -> None:
    """`ASSUMED_QUOTA` has the figures of docs/capacity.md."""
    async with Simulator(quota=ASSUMED_QUOTA) as simulator, GraphCalls(simulator) as graph:
        reply = [await graph.create() for _ in range(2)][1]
        assert (reply.status, reply.headers["Retry-After"]) == (429, "1")


async def test_the_directory_has_its_own_quota() -> None:
    """Looking up people doesn't use the learning API's quota."""
    async with Simulator(quota=[Quota(requests=1, seconds=60)]) as simulator, GraphCalls(simulator) as graph:
        assert [(await graph.call("GET", "/users/x")).status for _ in range(3)] == [404] * 3


@pytest.mark.parametrize(
    ("form", "header", "message"),
    [
        ("seconds", "600", "Too many requests."),
        ("none", None, "Too many requests."),
        ("message", None, "Retry after 10 minutes"),
        ("-1", "-1", "Too many requests."),
        ("soon", "soon", "Too many requests."),
        ("99999999999", "99999999999", "Too many requests."),
    ],
)
async def test_says_how_long_to_wait(form: str, header: str | None, message: str) -> None:
    """The wait is in the header, in the message, nowhere, or absurd."""
    quota = [Quota(requests=1, seconds=600)]
    async with Simulator(quota=quota, retry_after=form) as simulator, GraphCalls(simulator) as graph:
        reply = [await graph.create() for _ in range(2)][1]
        assert (reply.status, reply.headers.get("Retry-After"), reply.error) == (429, header, message)
        assert reply.body["error"]["code"] == "tooManyRequests"


async def test_says_until_when_to_wait() -> None:
    """The end of the wait can be an HTTP date."""
    quota = [Quota(requests=1, seconds=600)]
    async with Simulator(quota=quota, retry_after="date") as simulator, GraphCalls(simulator) as graph:
        reply = [await graph.create() for _ in range(2)][1]
        wait = parsedate_to_datetime(reply.headers["Retry-After"]) - datetime.now(UTC)
        assert 590 < wait.total_seconds() <= 600
