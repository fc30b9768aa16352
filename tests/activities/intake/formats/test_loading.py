"""Where formats come from: the app's own folder, and a customer's."""

import json
from pathlib import Path

import pytest

from activities.intake.formats import FormatError, load_formats
from activities.intake.parse import Refused, Understood, parse
from tests.activities.intake.formats.files import ACME, EVENT, folder_with


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    """The error for bytes that aren't UTF-8 names the file."""
    (tmp_path / "acme.toml").write_bytes(b"\xff")
    with pytest.raises(FormatError, match=r"^acme\.toml: cannot be read"):
        load_formats(tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("native", "native is the name of the app's own events"),
        ("acme:emea", "the name may only have letters"),
        ("acme emea", "the name may only have letters"),
        ("-", "the name may only have letters"),
    ],
)
def test_a_name_that_no_format_can_have(tmp_path: Path, name: str, said: str) -> None:
    """It would be mixed up with native events, or with an installation of a format."""
    with pytest.raises(FormatError) as error:
        load_formats(folder_with(tmp_path, ACME, f"{name}.toml"))
    assert str(error.value).startswith(f"{name}.toml: {said}")


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """Otherwise the customer's formats would be missing without anybody noticing."""
    with pytest.raises(FormatError, match="LMS_FORMATS_DIR: no such folder"):
        load_formats(tmp_path / "nowhere")


def test_an_empty_folder_changes_nothing(tmp_path: Path) -> None:
    """Without files in the folder, the built-in formats are still there."""
    assert [known.name for known in load_formats(tmp_path).formats] == [known.name for known in load_formats().formats]


def test_a_file_replaces_the_built_in_format_of_its_name(tmp_path: Path) -> None:
    """A customer whose Moodle differs writes a `moodle.toml`."""
    formats = load_formats(folder_with(tmp_path, ACME, "moodle.toml"))
    assert len(formats.formats) == len(load_formats().formats)
    event = {
        "eventname": "\\core\\event\\course_completed",
        "relateduserid": 1,
        "courseid": 1,
        "timecreated": 1772439330,
    }
    assert isinstance(parse(json.dumps(event).encode(), formats), Refused)
    assert isinstance(parse(json.dumps(EVENT).encode(), formats), Understood)
