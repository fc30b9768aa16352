"""Random schedules: what the traces do not think of."""

import os

import pytest

from tests.traces.schedule import Schedule
from tests.traces.world import World

# A few in every run; more by SCHEDULES=first:last, for whoever changes a rule.
FIRST, LAST = map(int, os.environ.get("SCHEDULES", "0:12").split(":"))


@pytest.mark.parametrize("seed", range(FIRST, LAST))
async def test_nothing_is_lost_doubled_or_reset(world: World, seed: int) -> None:
    """Whatever befalls workers and requests, all comes to rest with one activity that is as the events say."""
    schedule = Schedule(world, seed)
    try:
        await schedule.run()
    except BaseException as error:
        error.add_note("\n".join(["what happened:", *schedule.told]))
        raise
