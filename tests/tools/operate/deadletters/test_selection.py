"""Operators select dead letters by id, by reason and by age."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.tools.operate.conftest import Run
from tests.tools.operate.deadletters.events import listed
from tools.operate.deadletters.__main__ import main


@pytest.mark.usefixtures("letters")
async def test_reasons_and_times_select_letters(run: Run) -> None:
    """Only letters with one of the reasons, and within the times, are listed."""
    one = await listed(run, "--reason", "malformed")
    assert [letter["reason"] for letter in one] == ["malformed"]
    assert len(await listed(run, "--reason", "malformed", "--reason", "invalid_event", "--since", "1h")) == 2
    assert await listed(run, "--older-than", "1h") == []
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert await listed(run, "--since", tomorrow) == []


@pytest.mark.usefixtures("letters")
async def test_an_unknown_id_is_an_error(run: Run) -> None:
    """A mistyped id is reported, and nothing is redriven."""
    ran = await run(main, "redrive", "feedfeed")
    assert (ran.code, ran.out) == (1, "")
    assert "no dead letter feedfeed" in ran.err
