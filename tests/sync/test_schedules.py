import os, pytest
from tests.sync.schedule import Schedule
from tests.sync.world import World

A = int(os.environ.get("A", "0"))
B = int(os.environ.get("B", "20"))


@pytest.mark.parametrize("seed", range(A, B))
async def test_a_random_schedule(world: World, seed: int) -> None:
    schedule = Schedule(world, seed)
    try:
        await schedule.run()
    except BaseException:
        print("\n".join(schedule.told))
        raise
