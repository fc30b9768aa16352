"""What an event costs: reads and writes of the ledger, and requests to Graph, whose quota is small."""

from collections import Counter

import pytest

from tests.faults.actions import Status
from tests.faults.exchange import counts
from tests.traces.stories import Event, assigned, completed, progressed, unassigned
from tests.traces.worker import Worker
from tests.traces.world import World

# Each case has a name, what was applied before, the event, and all requests that it leads to.
CASES: list[tuple[str, list[Event], Event, dict[str, int]]] = [
    ("create", [], assigned(), {"table:get": 1, "table:insert": 1, "graph:create": 1, "table:update": 1}),
    ("update", [assigned()], progressed(20), {"table:get": 1, "table:update": 2, "graph:update": 1}),
    ("delete", [assigned()], unassigned(), {"table:get": 1, "table:update": 2, "graph:delete": 1}),
    ("duplicate", [assigned()], assigned(), {"table:get": 1}),
    (
        "outdated, but new to a field",
        [assigned(), completed()],
        progressed(20),
        {"table:get": 1, "table:update": 1},
    ),
    ("nothing to delete", [], unassigned(), {"table:get": 1, "table:insert": 1}),
    (
        "replace, with a write between its two requests",
        [assigned()],
        assigned(at=1, terms="recommended"),
        {"table:get": 1, "table:update": 3, "graph:delete": 1, "graph:create": 1},
    ),
]


@pytest.mark.parametrize(("before", "event", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_the_cost_of_an_event(world: World, before: list[Event], event: Event, expected: dict[str, int]) -> None:
    """An event costs one read, and at most one write before and after each request. A duplicate costs only the read."""
    one = await world.worker()
    await world.apply(one, *before)
    spent = _spent(one)
    await world.deliver(one, world.publish(event))
    assert expected == _spent(one) - spent
    await world.check_all_is_well()


async def test_ten_events_under_throttling_become_one_request(world: World) -> None:
    """While a retry is on its way, other events only merge, which takes one read and one write each."""
    one, two = await world.worker(), await world.worker()
    await world.apply(one, assigned())
    one.rule("graph:update", Status(429, {"Retry-After": "60"}))
    await world.deliver(one, world.publish(progressed(1, at=1)))
    for number in range(2, 11):
        await world.deliver(two, world.publish(progressed(10 * number, at=number)))
    assert _spent(two) == {"table:get": 9, "table:update": 9}
    assert [message.is_retry for message in world.post.live] == [True]
    await world.drain(two)
    assert _spent(two)["graph:update"] == 1
    await world.check_all_is_well()


def _spent(worker: Worker) -> Counter[str]:
    """Count all requests of a worker so far by kind, except token requests, which don't go through a proxy."""
    # What processes tell each other doesn't depend on the event.
    return counts(one for one in worker.proxied.log if not one.kind.startswith("shared:"))
