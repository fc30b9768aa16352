"""Random schedules try what the traces don't."""

import os

import pytest

from tests.traces.schedule import Schedule
from tests.traces.world import World

# A few seeds in every run. If you change a rule, try more with SCHEDULES=first:last.
FIRST, LAST = map(int, os.environ.get("SCHEDULES", "0:6").split(":"))


@pytest.mark.parametrize("seed", range(FIRST, LAST))
async def test_nothing_is_lost_doubled_or_reset(world: World, seed: int) -> None:
    """Whatever happens to workers and requests, Graph ends with what the events add up to."""
    schedule = Schedule(world, seed)
    try:
        await schedule.run()
    except BaseException as error:
        error.add_note("\n".join(["what happened:", *schedule.told]))
        raise
