"""The hardest traces with real processes and a real clock: a worker is killed after creates that Graph shows late."""

import asyncio

from tests.faults.accounting import Comparison, compare, expected_state
from tests.faults.actions import Call, Cut
from tests.faults.exchange import Exchange
from tests.faults.rig import SHORTEST, Rig, activities_of
from tests.traces.stories import Event, assigned, completed, of_another, unassigned
from tools.develop.simulator import Simulator

# Graph shows a change almost as late as `SETTLE_SECONDS` allows.
SHOWS_AFTER = 0.4
TIMES = {**SHORTEST, "SETTLE_SECONDS": "0.5"}

# Each case has a name, what's applied first, the event whose worker is killed, and what's published after that.
CASES: dict[str, tuple[list[Event], Event, list[Event]]] = {
    "the state of the lost create is outdated (H1, H9)": ([], assigned(), [completed()]),
    "no activity is desired any more (H5)": ([], assigned(), [unassigned()]),
    "in the middle of a replace (H3, H10)": ([assigned()], assigned(at=1, terms="recommended"), [assigned(at=2)]),
}


async def test_a_worker_is_killed_after_a_create() -> None:
    """The next worker finds each activity and brings it to the state that's desired by then."""
    before, killing, then = list[Event](), list[Event](), list[Event]()
    for number, (first, event, last) in enumerate(CASES.values()):
        before += [of_another(one, number) for one in first]
        killing.append(of_another(event, number))
        then += [of_another(one, number) for one in last]
    async with Rig(settings=TIMES, simulator=Simulator(visible_after=SHOWS_AFTER)) as rig:
        killed = await rig.start()
        await rig.publish(before)
        await rig.wait_until_empty()
        all_are_created = asyncio.Barrier(len(CASES))

        async def kill(exchange: Exchange) -> None:
            await all_are_created.wait()
            killed.kill()
            raise Cut(exchange.kind)

        rig.proxied["graph"].rule("graph:create", action=Call(kill), point="after", times=len(CASES))
        await rig.publish(killing)
        await killed.wait()
        await rig.end(killed)
        await rig.publish(then)
        await rig.start()
        await rig.wait_until_empty()
        assert compare(expected_state([*before, *killing, *then]), activities_of(rig.simulator)) == Comparison()
        assert not await rig.dead_letters()
