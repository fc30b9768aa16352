"""Records are forgotten while requests fail at random in every way."""

import json
from random import Random

import pytest

from activities.domain.record import FORGOTTEN
from tests.simulation.scenario import HOUR, Scenario, play
from tests.simulation.story import Enrolment, text_of

ENROLMENTS = 40
# Some requests fail at random, in one of several ways.
FAULTS = {
    "graph": {"lost": 0.02, "ill": 0.02, "throttled": 0.02},
    "table": {"lost": 0.02, "ill": 0.02},
    "queue": {"lost": 0.01},
    "blob": {"lost": 0.02},
}


async def _forget(scenario: Scenario, control: str) -> None:
    """Have all enrolments forgotten, and wait until that is done."""
    for one in scenario.enrolments:
        scenario.operator.control(control, one)
    await scenario.settle()


def _rows(scenario: Scenario) -> dict[str, str]:
    """Return the ledger's row of each enrolment."""
    table = scenario.world.table.rows
    keys = {one.id: scenario.world.watch.key_of(one) for one in scenario.enrolments}
    return {name: json.dumps(table[key[:2], key][1], default=str) for name, key in keys.items()}


def _is_named(scenario: Scenario, one: Enrolment) -> bool:
    """Whether anything in storage names the learner or the enrolment."""
    letters = [blob.content.decode() for blob in scenario.world.letters.blobs.values()]
    bodies = [blob.content.decode() for blob in scenario.world.bodies.blobs.values()]
    texts = [_rows(scenario)[one.id], *letters, *bodies]
    return any(name in text for text in texts for name in (one.person.id, f'"{one.id}"', f"{one.label}/"))


@pytest.mark.parametrize("control", ["forget", "forget-activity"])
@pytest.mark.parametrize("seed", range(3))
def test_whoever_is_forgotten_stays_forgotten(control: str, seed: int) -> None:
    """Each is forgotten in the middle of everything, and then once more. No trace is left, and duplicates do nothing.

    A later event continues with the same activity, if it's still there.
    """
    random = Random(seed)  # noqa: S311  the same in every run

    async def story(scenario: Scenario) -> None:
        world = scenario.world
        for _ in range(ENROLMENTS):
            one = scenario.enrolment()
            scenario.assign(one)
            await world.wait(random.choice((0.0, 1.0, 20.0)))
            scenario.progress(one, 40)
            await world.wait(random.choice((0.0, 5.0, 200.0)))
            scenario.operator.control(control, one)
            await world.wait(random.choice((0.0, 30.0)))
        await world.wait(HOUR)
        world.faults.stop()
        await scenario.settle()
        await _forget(scenario, control)
        await world.wait(HOUR)
        rows = _rows(scenario)
        assert {json.loads(row)["state"] for row in rows.values()} == {FORGOTTEN}
        assert [one.id for one in scenario.enrolments if _is_named(scenario, one)] == []

        for one in scenario.enrolments:
            world.queues["events"].put(text_of(one.events))
        await scenario.settle()
        assert _rows(scenario) == rows

        before = {activity.external_id: activity.id for activity in world.tenant.live}
        assert not before or control == "forget"
        for one in scenario.enrolments:
            scenario.complete(one)
        await scenario.settle()
        after = {activity.external_id: activity for activity in world.tenant.live}
        assert after.keys() == {one.external_id for one in scenario.enrolments}
        assert {activity.body["status"] for activity in after.values()} == {"completed"}
        assert {name: after[name].id for name in before} == before

    play(story, processes=3, rates=FAULTS)
