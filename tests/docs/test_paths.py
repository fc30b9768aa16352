"""The pages name existing files, the table of rooms matches the rules, and the glossary is in order."""

import re
from pathlib import Path

import pytest

from tests import ROOT
from tests.activities.test_rooms import ALLOWED

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
FILE = re.compile(r"`((?:activities|tools|tests|infra|docs|\.github|\.devcontainer)/[\w./-]*)")
FILE_OF_A_ROOM = re.compile(r"`((?:intake|domain|sync|graph|storage)/[\w./-]*)")
# The reader creates these: a folder of formats, and a copy of the example beside it.
OF_THE_READER = {"activities/intake/formats/contoso", "infra/production.bicepparam"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_named_files_exist(page: Path) -> None:
    """Every file and folder of the repository that a page names exists."""
    text = page.read_text(encoding="utf-8")
    named = {*FILE.findall(text), *(f"activities/{path}" for path in FILE_OF_A_ROOM.findall(text))}
    assert {path for path in named - OF_THE_READER if not (ROOT / path).exists()} == set()


def test_the_rooms_are_those_of_the_code() -> None:
    """The table in CONTRIBUTING.md lists the same rooms and imports as the rules that the code has to keep to."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("<!-- rooms -->")[2].partition("<!-- /rooms -->")[0]
    rows = re.findall(r"^\| `(\w+)[./\w]*` \|([^|]*)\|", table, re.MULTILINE)
    assert {room: set(re.findall(r"`(\w+)`", imported)) for room, imported in rows} == ALLOWED


def test_the_glossary_is_in_order() -> None:
    """Each word appears once, in alphabetical order, and the files beside it exist."""
    table = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").partition("|---|---|---|\n")[2]
    rows = [line.strip("|").split("|") for line in table.splitlines()]
    words = [word.strip().lower() for word, _, _ in rows]
    assert words
    assert words == sorted(set(words))
    places = {place for *_, cell in rows for place in re.findall(r"`([^`]+)`", cell)}
    assert {place for place in places if not (ROOT / "activities" / place).exists()} == set()
