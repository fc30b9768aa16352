"""The hardest traces with real processes and a real clock: a worker is killed after a create that Graph shows late."""

import pytest

from tests.faults.accounting import Comparison, compare, expected_state
from tests.faults.actions import Kill
from tests.faults.rig import Rig, activities_of
from tests.traces.stories import Event, assigned, completed, unassigned
from tools.develop.simulator import Simulator

# Graph shows a change almost as late as the SETTLE_SECONDS of the rig allow.
SHOWS_AFTER = 0.4

# Each has a name, what is applied before, the event whose worker is killed, and what is published then.
CASES: list[tuple[str, list[Event], Event, list[Event]]] = [
    ("the state of the lost create is outdated (H1, H9)", [], assigned(), [completed()]),
    ("no activity is desired any more (H5)", [], assigned(), [unassigned()]),
    ("in the middle of a replace (H3, H10)", [assigned()], assigned(at=1, terms="recommended"), [assigned(at=2)]),
]


@pytest.mark.parametrize(("before", "event", "then"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_a_worker_is_killed_after_a_create(before: list[Event], event: Event, then: list[Event]) -> None:
    """The next worker finds the activity and brings it to the state that is desired by then."""
    async with Rig(simulator=Simulator(visible_after=SHOWS_AFTER)) as rig:
        killed = await rig.start()
        await rig.publish(before)
        await rig.wait_until_empty()
        death = rig.proxied["graph"].rule("graph:create", action=Kill(lambda: killed.pid), point="after")
        await rig.publish([event])
        await death.reached
        await rig.end(killed)
        await rig.publish(then)
        await rig.start()
        await rig.wait_until_empty()
        assert compare(expected_state([*before, event, *then]), activities_of(rig.simulator)) == Comparison()
        assert not await rig.dead_letters()
