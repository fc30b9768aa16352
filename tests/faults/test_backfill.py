"""A share of the backfill that is killed on its way, which `python -m tests.faults.backfill` runs in full."""

import pytest

from tests.faults.backfill import run


@pytest.mark.timeout(240)
async def test_each_row_has_one_activity() -> None:
    """However often the command is killed. A few messages are sent twice, and double nothing."""
    figures = await run(rows=100, kills=2, per_second=50)
    assert figures.kills == 2
    assert not figures.wrong
    assert figures.rows < figures.messages < 2 * figures.rows
