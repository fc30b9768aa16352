"""A small run of the killed backfill that `python -m tests.faults.backfill` runs in full."""

import pytest

from tests.faults.backfill import run


@pytest.mark.timeout(240)
async def test_each_row_has_one_activity() -> None:
    """This holds however often the command is killed. A few messages are sent twice but duplicate nothing."""
    figures = await run(rows=100, kills=2, per_second=50)
    assert figures.kills == 2
    assert not figures.wrong
    assert figures.rows < figures.messages < 2 * figures.rows
