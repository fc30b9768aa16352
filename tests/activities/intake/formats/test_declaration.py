"""Format files: a mistake is named when the file is loaded."""

from pathlib import Path

import pytest

from activities.intake.formats import FormatError, load_formats
from tests.activities.intake.formats.files import ACME, folder_with

WITHOUT_RULES = ACME.partition("[[")[0]
# The mistake, and what's said about it.
WRONG = {
    "not TOML": (ACME + "[[", "cannot be read: "),
    "empty": ("", "recognise: is required"),
    "no rules": (WITHOUT_RULES, "events: is required"),
    "an empty list of rules": ("events = []\n" + WITHOUT_RULES, "events: must not be empty"),
    "a rule that is not a table": ("events = [1]\n" + WITHOUT_RULES, "rule 1: must be a table"),
    "rules that are not a list": ("events = 1\n" + WITHOUT_RULES, "events: must be a list"),
    "an expression that stops": (
        ACME.replace('"who"', '"who["'),
        "learner.email: not a JMESPath expression: it's incomplete; something is missing after character 4",
    ),
    "an unexpected character": (
        ACME.replace('"who"', '"person mail"'),
        "learner.email: not a JMESPath expression: character 8, m, isn't expected there",
    ),
    "one equals sign": (
        ACME + "when = \"a = 'b'\"",
        "rule 1: when: not a JMESPath expression: character 3, =, isn't expected there; to compare, write ==",
    ),
    "a text that does not end": (
        ACME + 'when = "a == \'b"',
        "rule 1: when: not a JMESPath expression: character 6, ', isn't expected there",
    ),
    "an empty expression": (
        ACME.replace('"what"', '""'),
        "course.externalId: not a JMESPath expression: it's empty",
    ),
    "an unknown function": (
        ACME.replace('"who"', '"lowercase(who)"'),
        "learner.email: there's no such function (did you mean lower?); choose from abs, avg, ",
    ),
    "too many values for a function": (
        ACME.replace('"who"', '"lower(who, what)"'),
        "learner.email: wrong number of arguments for lower(): expected 1, got 2",
    ),
    "no value for a function": (
        ACME.replace('"who"', '"not_null()"'),
        "learner.email: wrong number of arguments for not_null(): expected at least 1, got 0",
    ),
    "a number for an expression": (
        ACME.replace('recognise = "acme"', "recognise = 1"),
        "recognise: must be text: a JMESPath expression",
    ),
    "a list for a person": (
        ACME.replace('learner.email = "who"', 'learner.email = ["who"]'),
        "learner.email: must be text: a JMESPath expression",
    ),
    "no id of an account": (
        ACME.replace("learner.email", "learner.lmsAccount.source"),
        "learner.lmsAccount.id: is required",
    ),
    "not an expression for a percentage": (
        ACME + 'progress.percentage = "("',
        "rule 1: progress.percentage: not a JMESPath expression: ",
    ),
    "a number for a percentage": (
        ACME + "progress.percentage = 50",
        "rule 1: progress.percentage: must be text: a JMESPath expression",
    ),
    "a misspelled key": (
        ACME.replace("occurred_at", "ocurred_at"),
        "ocurred_at: there's no such key (did you mean occurred_at?); choose from assigner, assignment, ",
    ),
    "a misspelled key in a table": (
        "assignment.due = 'due'\n" + ACME,
        "assignment.due: there's no such key (did you mean due_at?); choose from assigned_at, due_at, notes, type",
    ),
    "a misspelled key in a rule": (
        ACME + "mean = 'ignored'\n",
        "rule 1: mean: there's no such key (did you mean means?); choose from assigner, assignment, ",
    ),
    "an unknown kind of reference": (
        ACME.replace("learner.email", "learner.phone"),
        "learner.phone: there's no such key; choose 'entraObjectId', 'userPrincipalName', 'email'",
    ),
    "a text for a table": (
        ACME.replace('course.externalId = "what"', 'course = "what"'),
        "course: must be a table",
    ),
    "a text for a table of people": (
        ACME.replace('learner.email = "who"', 'learner = "who"'),
        "learner: must be a table",
    ),
    "an unknown meaning": (
        ACME.replace("course.completed", "won"),
        "rule 1: means: must be 'course.assigned', 'course.started', ",
    ),
    "an id of the enrolment": (
        "enrolment.id = 'x'\n" + ACME,
        "enrolment.id: there's no such key; choose from course, cycle, learner",
    ),
    "an enrolment at the end": (
        ACME + "enrols = true\n",
        "rule 1: enrols is only for course.assigned, course.progressed, course.started",
    ),
    "a text for true": (ACME + 'enrols = "yes"\n', "rule 1: enrols: must be true or false"),
    "a renewal that is no completion": (
        ACME.replace('means = "course.completed"', 'means = "passed"') + "renews = true\n",
        "rule 1: renews is only for course.completed",
    ),
    "starting over at the end": (
        ACME.replace("course.completed", "course.unassigned") + "starts_over = true\n",
        'rule 1: starts_over can\'t go with means = "course.unassigned"',
    ),
    "no reason for a refusal": (
        ACME.replace("course.completed", "refused"),
        'rule 1: because is required for means = "refused", and only allowed there',
    ),
    "no types": (ACME.replace('["done"]', "[]"), "rule 1: types: must not be empty"),
    "a text for types": (ACME.replace('["done"]', '"done"'), "rule 1: types: must be a list"),
    "a number for a type": (ACME.replace('["done"]', "[1]"), "rule 1: types.0: must be text"),
    "an unknown unit": (
        'numbers_are = "days"\n' + ACME,
        "numbers_are: must be 'seconds', 'milliseconds' or 'magnitude'",
    ),
    "an unknown zone": ('time_zone = "Moon/Tranquility"\n' + ACME, "time_zone: no such time zone: Moon/Tranquility"),
    "a number for a zone": ("time_zone = 1\n" + ACME, "time_zone: not the name of a time zone"),
    "an unknown status": (
        'statuses.x = "passed"\n' + ACME,
        "statuses.x: must be 'notStarted', 'inProgress', 'completed' or 'ignored'",
    ),
    "no learner": (ACME.replace('learner.email = "who"', ""), "rule 1: no learner is declared; [learner] takes "),
    "no course": (
        ACME.replace('course.externalId = "what"', ""),
        "rule 1: no course is declared; [course] takes externalId, learningContentId",
    ),
    "a split that is no path": ('split = "a[0]"\n' + ACME, "split: must be names joined by dots, "),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_named_with_its_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    """The file's author learns where to look."""
    with pytest.raises(FormatError) as error:
        load_formats(folder_with(tmp_path, text))
    assert str(error.value).startswith(f"acme.toml: {message}")
