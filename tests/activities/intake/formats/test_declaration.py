"""Format files: a mistake is named when the file is loaded."""

from pathlib import Path

import pytest

from activities.intake.formats import FormatError, load_formats
from tests.activities.intake.formats.files import ACME, folder_with

WRONG = {
    "not TOML": (ACME + "[[", "acme.toml: cannot be read: "),
    "empty": ("", "acme.toml: recognise: Field required"),
    "no rules": (ACME.split("[[", maxsplit=1)[0], "acme.toml: events: Field required"),
    "an empty list of rules": ("events = []\n" + ACME.split("[[", maxsplit=1)[0], "acme.toml: events: List should"),
    "a rule that is not a table": ("events = [1]\n" + ACME.split("[[", maxsplit=1)[0], "acme.toml: events.0: "),
    "not an expression": (ACME.replace('"who"', '"who["'), "acme.toml: learner.email: not a JMESPath"),
    "an empty expression": (ACME.replace('"what"', '""'), "acme.toml: course.externalId: not a JMESPath"),
    "an unknown function": (
        ACME.replace('"who"', '"upper(who)"'),
        "acme.toml: learner.email: no such function",
    ),
    "a number for an expression": (
        ACME.replace('recognise = "acme"', "recognise = 1"),
        "acme.toml: recognise: Input should be",
    ),
    "not an expression in a rule": (ACME + 'when = "("', "acme.toml: events.0.when: not a JMESPath"),
    "not an expression for a percentage": (
        ACME + 'progress.percentage = "("',
        "acme.toml: events.0.progress.percentage: not a JMESPath",
    ),
    "an unknown key": ("colour = 1\n" + ACME, "acme.toml: colour: Extra inputs"),
    "an unknown key in a rule": (ACME + "colour = 1\n", "acme.toml: events.0.colour: Extra inputs"),
    "an unknown kind of reference": (
        ACME.replace("learner.email", "learner.phone"),
        "acme.toml: learner.phone",
    ),
    "an unknown meaning": (ACME.replace("course.completed", "won"), "acme.toml: events.0.means: Input should be"),
    "an id of the enrolment": (
        "enrolment.id = 'x'\n" + ACME,
        "acme.toml: enrolment.id: Extra inputs",
    ),
    "an enrolment at the end": (
        ACME + "enrols = true\n",
        "acme.toml: events.0: enrols is only for course.assigned, course.progressed, course.started",
    ),
    "a renewal that is no completion": (
        ACME.replace('means = "course.completed"', 'means = "passed"') + "renews = true\n",
        "acme.toml: events.0: renews is only for course.completed",
    ),
    "no types": (ACME.replace('["done"]', "[]"), "acme.toml: events.0.types: List should"),
    "an unknown unit": ('numbers_are = "days"\n' + ACME, "acme.toml: numbers_are: Input should be"),
    "an unknown zone": ('time_zone = "Moon/Tranquility"\n' + ACME, "acme.toml: time_zone: no such time zone"),
    "a number for a zone": ("time_zone = 1\n" + ACME, "acme.toml: time_zone: not the name of a time zone"),
    "an unknown status": ('statuses.x = "passed"\n' + ACME, "acme.toml: statuses.x: Input should be"),
    "no learner": (ACME.replace('learner.email = "who"', ""), "acme.toml: events.0: no learner is declared"),
    "no course": (ACME.replace('course.externalId = "what"', ""), "acme.toml: events.0: no course is declared"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_named_with_its_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    """The author of the file learns where to look."""
    with pytest.raises(FormatError) as error:
        load_formats(folder_with(tmp_path, text))
    assert str(error.value).startswith(message)
