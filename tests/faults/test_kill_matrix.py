"""A few kills of the matrix that `make faults` runs in full: those most likely to reveal a missing rule."""

import pytest
from rich.console import Console

from tests.faults.kill_matrix import Case, run, summary, table
from tests.faults.killing import At
from tests.faults.rig import EVENTS, RETRIES

# The slowest come first so that no lane waits for another.
CASES = [
    Case("poison", (At(f"queue:put:{EVENTS}-poison", 1, "after"),)),
    Case("create", (At("graph:create", 1, "after"), At("graph:get_by_external_id", 1, "after"))),
    Case("create", (At(f"queue:get:{EVENTS}", 1, "after"),)),
    Case("create", (At("graph:create", 1, "after"),)),
    Case("create", (At(f"queue:delete:{EVENTS}", 1, "before"),)),
    Case("replace", (At("graph:create", 1, "after"),)),
    Case("refused replace", (At("graph:delete", 1, "after"),)),
    Case("throttled", (At(f"queue:put:{RETRIES}", 1, "after"),)),
    Case("rejected", (At("blob:put", 1, "after"),)),
    Case("healed", (At("blob:delete", 1, "before"),)),
    Case("batch", (At(f"queue:put:{EVENTS}", 1, "after"),)),
]


@pytest.mark.timeout(240)
async def test_a_killed_worker_leaves_nothing_wrong() -> None:
    """Each enrollment has one activity in the state that its events lead to, or one dead letter."""
    results = await run(CASES, lanes=3, progress=lambda _: None)
    Console(width=120).print(table(results))
    assert [result.case for result in results if result.wrong] == []
    assert [result.case for result in results if result.killed < len(result.case.kills)] == []
    assert summary(results)["kills"] == sum(len(case.kills) for case in CASES)
