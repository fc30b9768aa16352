"""The simulation itself: it's deterministic, its time jumps, and it notices what's wrong."""

import asyncio
import re

import pytest

from activities.storage.keys import keys
from tests.simulation import loop
from tests.simulation.memory.tenant import ASSIGNMENT, EXTERNAL_ID, TYPE
from tests.simulation.run import simulate
from tests.simulation.scenario import Scenario, play
from tests.simulation.world import Broken

# Texts that no decision depends on.
_NAMES = re.compile(r"[0-9a-f]{16}|text='.*|content=b'.*|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z?")


@pytest.mark.parametrize("seed", [3, 20])
def test_a_seed_is_always_the_same_run(seed: int) -> None:
    """Every step is the same, so a failing seed is all that a bug report needs."""
    first, second = (simulate(seed, traced=True).told for _ in range(2))
    assert [_NAMES.sub("", line) for line in first] == [_NAMES.sub("", line) for line in second]
    assert len(first) > 50


def test_a_year_passes_at_once() -> None:
    """Time jumps to the next timer, even if that's a timeout."""

    async def a_year() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(365 * 24 * 3600):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert loop.run(a_year) == 365 * 24 * 3600


def test_what_can_never_go_on_is_told() -> None:
    """The loop raises an exception if nothing is ready and no timer is set."""
    with pytest.raises(loop.Stuck):
        loop.run(lambda: asyncio.Event().wait())


def wrong(tenant_does: str) -> str:
    """Make something wrong behind the app's back, and return what the simulation says about it."""

    async def story(scenario: Scenario) -> None:
        one, tenant = scenario.enrolment(), scenario.world.tenant
        scenario.assign(one)
        scenario.complete(one)
        await scenario.settle()
        [activity] = tenant.live
        match tenant_does:
            case "double":
                tenant.create(activity.body)
            case "move":
                tenant.delete(activity.id)
                tenant.create(activity.body | {"learnerUserId": "somebody"})
            case "regress":
                tenant.update(activity.id, {TYPE: ASSIGNMENT, "status": "notStarted"})
            case "lose":
                activity.deleted = 0.0
            case "forget":
                del scenario.world.table.rows[keys(one.id)]
                scenario.world.watch.check_idle()
            case "differ":
                activity.body = activity.body | {"completionPercentage": 50}
            case "invent":
                tenant.create(activity.body | {EXTERNAL_ID: "another"})
                scenario.world.watch.add(scenario.enrolment())
            case "write a letter":
                scenario.world.letters.put(f"{scenario.world.watch.key_of(one)}.json", b"{}", {})
                scenario.world.watch.check_idle()
        scenario.account()

    with pytest.raises(Broken) as caught:
        play(story)
    return str(caught.value)


@pytest.mark.parametrize(
    ("tenant_does", "says"),
    [
        ("double", "doubled"),
        ("move", "regressed"),
        ("regress", "regressed"),
        ("lose", "is None, should be"),
        ("forget", "lost"),
        ("differ", "completionPercentage is 50, should be 100"),
        ("write a letter", "a letter without a fault"),
    ],
)
def test_what_is_wrong_is_noticed(tenant_does: str, says: str) -> None:
    """Otherwise a run that finds nothing would prove nothing."""
    assert says in wrong(tenant_does)
