"""The journal keeps a bounded number of requests."""

from tests.tools.develop.simulator.graph_calls import GraphCalls
from tools.develop.simulator import Simulator


async def test_keeps_a_bounded_number_of_requests() -> None:
    """The oldest requests are dropped. Numbers and counts continue."""
    async with Simulator(requests_kept=20) as simulator, GraphCalls(simulator) as graph:
        for _ in range(30):
            await graph.find("x")
        assert [one.number for one in simulator.requests] == list(range(30 - len(simulator.requests) + 1, 31))
        assert 20 <= len(simulator.requests) <= 22
        assert simulator.counts == {("get_by_external_id", "404"): 30}
        assert [one.number for one in simulator.journal.since(28)] == [29, 30]
