"""New and deleted activities become visible late, as configured."""

import time

from tests.tools.develop.simulator.graph_calls import EXTERNAL_ID, GraphCalls, repeat_until
from tools.develop.simulator import Simulator


async def test_a_new_activity_becomes_visible_late() -> None:
    """At first, every request for a new activity returns 404, although it exists. Later it's found."""
    async with Simulator(visible_after=60) as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create()).body["id"]
        early = [
            await graph.get(identifier),
            await graph.find(EXTERNAL_ID),
            await graph.update(identifier),
            await graph.delete(identifier),
        ]
        assert [reply.status for reply in early] == [404] * 4
        assert [identifier] == [one.id for one in simulator.activities]
        simulator.config.visible_after = 0.3
        started = time.monotonic()
        second = (await graph.create(externalcourseActivityId="second")).body["id"]
        await repeat_until(lambda: graph.get(second), lambda reply: reply.status == 200)
        assert time.monotonic() - started >= 0.3
        assert (await graph.find("second")).status == 200


async def test_a_deletion_becomes_visible_late() -> None:
    """A deleted activity is still found for some time, but can't be updated or deleted again."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create()).body["id"]
        simulator.config.visible_after = 0.3
        started = time.monotonic()
        assert (await graph.delete(identifier)).status == 204
        assert simulator.activities == []
        assert [(await graph.delete(identifier)).status, (await graph.update(identifier)).status] == [404, 404]
        assert [(await graph.find(EXTERNAL_ID)).status, (await graph.get(identifier)).status] == [200, 200]
        await repeat_until(lambda: graph.find(EXTERNAL_ID), lambda reply: reply.status == 404)
        assert time.monotonic() - started >= 0.3
        assert (await graph.get(identifier)).status == 404


async def test_a_deleted_activity_hides_its_replacement() -> None:
    """The lookup by external id finds the deleted activity until the deletion is visible, then the new one."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        old = (await graph.create()).body["id"]
        simulator.config.visible_after = 0.3
        await graph.delete(old)
        new = (await graph.create()).body["id"]
        assert (await graph.find(EXTERNAL_ID)).body["id"] == old
        await repeat_until(lambda: graph.find(EXTERNAL_ID), lambda reply: bool(reply.body.get("id") == new))
        assert [new] == [one.id for one in simulator.activities]
