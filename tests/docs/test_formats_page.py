"""The code does what docs/formats.md says about dates, warnings and mistakes."""

import re
import tomllib
from pathlib import Path
from string import ascii_letters

import pytest

from activities.intake.formats import FormatError, load_format
from activities.intake.formats.dates import DatePattern
from tests import ROOT
from tests.tools.operate.formats.test_warnings import CASES

PAGE = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.partition("### A worked example")[2].partition("```toml\n")[2].partition("```")[0]
# The mistakes whose messages the page shows.
MISTAKES = [
    ('means = "course.assigned"', 'mean = "course.assigned"'),
    ('email = "person.mail"', 'email = "person mail"'),
]


def section(heading: str) -> str:
    """Return the text below a heading, up to the next one."""
    return PAGE.partition(f"### {heading}\n")[2].partition("\n### ")[0]


def first_cells(table: str) -> set[str]:
    """Return the code words in the first cell of each row below a table heading."""
    rows = table.partition("|---|---|\n")[2].partition("\n\n")[0].splitlines()
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def is_known(letter: str) -> bool:
    """Return whether a pattern may contain a directive, alone or with others."""
    try:
        DatePattern.checked(f"%{letter}")
    except ValueError as error:
        return not str(error).startswith(("there's no %", "a year of two digits"))
    return True


def test_every_directive_is_in_the_table() -> None:
    """The table lists every directive and no others."""
    assert first_cells(section("Dates")) == {f"%{letter}" for letter in f"{ascii_letters}%" if is_known(letter)}


def test_the_example_of_dates_can_be_loaded(tmp_path: Path) -> None:
    """The example's keys go at the top of a format file."""
    keys = section("Dates").partition("```\n")[2].partition("```")[0]
    assert tomllib.loads(keys).keys() == {"dates_are", "time_zone"}
    (tmp_path / "acme.toml").write_text(keys + EXAMPLE, encoding="utf-8")
    assert len(load_format(tmp_path / "acme.toml").declaration.dates_are) == len(tomllib.loads(keys)["dates_are"])


def test_every_warning_is_in_the_table() -> None:
    """The table has the property of each warning that the tests of `formats try` expect."""
    table = PAGE.partition("| Property | The tool warns if |\n")[2]
    assert first_cells(table) == {"format", "enrolment.course"} | {
        name for _, found in CASES.values() for name in found
    }


@pytest.mark.parametrize(("right", "wrong"), MISTAKES)
def test_the_messages_of_the_page_are_those_of_the_code(tmp_path: Path, right: str, wrong: str) -> None:
    """The page quotes each message up to where it shortens it."""
    assert right in EXAMPLE
    (tmp_path / "acme.toml").write_text(EXAMPLE.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(FormatError) as error:
        load_format(tmp_path / "acme.toml")
    shown = [line.removesuffix("...") for line in section("Trying it").splitlines() if line.startswith("acme.toml: ")]
    assert len(shown) == len(MISTAKES)
    assert any(str(error.value).startswith(line) for line in shown), str(error.value)
