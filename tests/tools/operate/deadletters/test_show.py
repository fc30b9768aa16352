"""Operators see all dead letters, and everything about one of them."""

import pytest

from activities.service import Service
from tests.tools.operate.conftest import Run
from tests.tools.operate.deadletters.events import assigned, body, listed
from tools.operate.deadletters.__main__ import main


@pytest.mark.usefixtures("letters")
async def test_list_shows_each_letter_and_counts_reasons(run: Run) -> None:
    """The list names the enrolment and the reason of each letter, and counts the letters per reason."""
    ran = await run(main, "list")
    assert ran.code == 0
    assert "create: 403" in ran.out
    assert "e-1" in ran.out
    for reason in ("malformed", "learner_unlicensed", "invalid_event"):
        assert f"     1  {reason}" in ran.out
    assert "     3  in total" in ran.out


@pytest.mark.usefixtures("letters")
async def test_show_prints_the_whole_envelope_and_the_original(run: Run) -> None:
    """The beginning of an id is enough to see everything about a letter."""
    (letter,) = await listed(run, "--reason", "learner_unlicensed")
    ran = await run(main, "show", letter["id"][:8])
    assert ran.code == 0
    for value in (letter["id"], letter["requestId"], letter["detail"], letter["lastSeen"], body(assigned()).decode()):
        assert value in ran.out


async def test_an_original_that_is_not_text_is_shown_in_hexadecimal(run: Run, service: Service) -> None:
    """Bytes that are not UTF-8 can be read, too."""
    await service.handler.event(b"\xff\xfe{}")
    (letter,) = await listed(run)
    assert "ff fe 7b 7d" in (await run(main, "show", letter["id"])).out
