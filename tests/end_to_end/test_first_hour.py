"""The first hour in an 80 by 24 terminal: what README.md and the pages promise appears."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT
from tests.activities.graph.test_bodies import REQUESTS
from tests.first_hour import PAGE, borrow, demo, fresh_copy, play, try_format
from tools.develop.demo.cases import cases

LARGEST = 40_000  # bytes


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A copy of the project, like a fresh clone, that uses what is already installed."""
    with fresh_copy() as copied:
        borrow(copied)
        yield copied


async def test_the_demonstration_fits_the_terminal(folder: Path) -> None:
    """Each case appears once, on one line with its outcome, and the requests are shown in full."""
    lines = await demo(folder)
    for case in cases():
        [row] = [line for line in lines if line[4:].startswith(case.title)]
        assert re.search(r"  ([\w ]+, )*(created|updated|deleted|unchanged|dead letter: \w+)$", row)
        for reason in case.letters:
            assert row.endswith(f"dead letter: {reason}")
    for request in REQUESTS.values():
        for name in request.keys() - {"externalcourseActivityId"}:
            assert any(json.dumps(name) in line for line in lines)
    assert not any("│" in line or "┃" in line for line in lines)


@pytest.mark.timeout(600)
async def test_the_commands_of_the_first_hour(folder: Path) -> None:
    """The commands work exactly as the pages show them."""
    await play(folder)


async def test_a_format_on_the_local_stack(folder: Path) -> None:
    """What docs/formats.md promises happens, from the format file to the activity."""
    await try_format(folder)


def test_the_event_of_the_first_hour_is_the_first_example_of_the_contract() -> None:
    """The first hour sends the event that the contract shows first."""
    event = (ROOT / "docs/events.md").read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0]
    assert f"\n{event}END\n" in PAGE


@pytest.mark.parametrize("name", ["demo", "start"])
def test_the_pictures_of_the_terminals(name: str) -> None:
    """They are small and load nothing from the network. `python -m tests.first_hour --images FOLDER` takes them."""
    text = (ROOT / f"docs/images/{name}.svg").read_text(encoding="utf-8")
    assert f"make&#160;{name}" in text
    assert len(text) < LARGEST
    assert re.search(r"@font-face|@import|href=|url\([^#]", text) is None
