"""The worst of the traces over real processes and the real clock: SIGKILL with a POST that landed, shown late."""

import pytest

from tests.faults.accounting import Comparison, compare, expected_state
from tests.faults.actions import Kill
from tests.faults.rig import Rig, activities_of
from tests.traces.stories import Event, assigned, completed, unassigned
from tools.develop.simulator import Simulator

# Graph shows a change as late as the rig's SETTLE_SECONDS allow.
SHOWS_AFTER = 0.4

# Each: its name, what is applied before, the event whose worker is killed, and what is published then.
CASES: list[tuple[str, list[Event], Event, list[Event]]] = [
    ("the body of the lost create is old (H1, H9)", [], assigned(), [completed()]),
    ("nothing is wanted any more (H5)", [], assigned(), [unassigned()]),
    ("in the middle of a replace (H3, H10)", [assigned()], assigned(at=1, terms="recommended"), [assigned(at=2)]),
]


@pytest.mark.parametrize(("before", "event", "then"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
async def test_killed_when_a_create_had_landed(before: list[Event], event: Event, then: list[Event]) -> None:
    """The next worker finds what the killed one made, and brings it to what is wanted by then."""
    async with Rig(simulator=Simulator(visible_after=SHOWS_AFTER)) as rig:
        killed = await rig.start()
        await rig.publish(before)
        await rig.rest()
        death = rig.proxied["graph"].rule("graph:create", action=Kill(lambda: killed.pid), point="after")
        await rig.publish([event])
        await death.reached
        await rig.end(killed)
        await rig.publish(then)
        await rig.start()
        await rig.rest()
        assert compare(expected_state([*before, event, *then]), activities_of(rig.simulator)) == Comparison()
        assert not await rig.dead_letters()
