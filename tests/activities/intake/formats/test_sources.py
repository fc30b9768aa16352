"""The setting LMS_SOURCES: a mistake is named, and the settings apply to the right sources."""

import json

import pytest

from activities.intake.formats import FormatError, load_formats
from activities.intake.parse import Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import read

WRONG = {
    "not JSON": ("{", "LMS_SOURCES: not JSON"),
    "not an object": ("[]", "LMS_SOURCES: must be a table (in JSON, an object)"),
    "settings that are not an object": ('{"xapi": 1}', "LMS_SOURCES: xapi: must be a table (in JSON, an object)"),
    "an unknown key": (
        '{"xapi": {"timezone": "UTC"}}',
        "LMS_SOURCES: xapi.timezone: there's no such key (did you mean timeZone?); choose from acceptUntyped, ",
    ),
    "an unknown zone": (
        '{"xapi": {"timeZone": "Berlin"}}',
        "LMS_SOURCES: xapi.timeZone: no such time zone",
    ),
    "a zone that is a path": ('{"xapi": {"timeZone": "../etc/passwd"}}', "LMS_SOURCES: xapi.timeZone: "),
    "a number among the assigners": ('{"xapi": {"assigners": [1]}}', "LMS_SOURCES: xapi.assigners: must be 'all', "),
    "text instead of true or false": (
        '{"xapi": {"passedCompletes": "yes"}}',
        "LMS_SOURCES: xapi.passedCompletes: must be true or false",
    ),
    "an unknown type": (
        '{"xapi": {"assignmentType": "must"}}',
        "LMS_SOURCES: xapi.assignmentType: must be 'required' or 'recommended'",
    ),
    "an unknown kind": ('{"xapi": {"enrolments": "any"}}', "LMS_SOURCES: xapi.enrolments: "),
    "unknown assigners": (
        '{"xapi": {"assigners": "some"}}',
        "LMS_SOURCES: xapi.assigners: must be 'all', 'none', or a list",
    ),
    "an unknown kind of reference": ('{"xapi": {"learner": "name"}}', "LMS_SOURCES: xapi.learner: "),
    "a kind of reference that the format does not use": (
        '{"moodle": {"learner": "email"}}',
        "LMS_SOURCES: moodle.learner: the format names learners by lmsAccount",
    ),
    "an unknown way to be assigned again": (
        '{"moodle": {"assignedAgain": "restarts"}}',
        "LMS_SOURCES: moodle.assignedAgain: ",
    ),
    "starting over where the format tells no new enrolments": (
        '{"workramp": {"assignedAgain": "startsOver"}}',
        "LMS_SOURCES: workramp.assignedAgain: the format can't tell new enrolments from updates",
    ),
    "a former name of no format": ('{"moodle": {"formerly": "mood"}}', "LMS_SOURCES: moodle.formerly: no such source"),
    "its own name as the former one": ('{"moodle": {"formerly": "moodle"}}', "LMS_SOURCES: moodle.formerly: must be"),
    "a former name that had another": (
        '{"moodle:a": {"formerly": "moodle:b"}, "moodle:b": {"formerly": "moodle:c"}}',
        "LMS_SOURCES: moodle:a.formerly: must be the name under which the records were made",
    ),
    "two sources with the same former name": (
        '{"moodle:a": {"formerly": "moodle"}, "moodle:b": {"formerly": "moodle"}}',
        "LMS_SOURCES: moodle:a.formerly: two sources can't continue with the same records",
    ),
    "a setting that native events say themselves": (
        '{"native:/hr": {"assignmentType": "required"}}',
        "LMS_SOURCES: native:/hr.assignmentType: native events say this themselves",
    ),
    "an unknown format": ('{"xpai": {}}', "LMS_SOURCES: xpai: no such format or sender; choose from 360learning, "),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_named_with_its_key(text: str, message: str) -> None:
    """A typing error isn't silently replaced by a default."""
    with pytest.raises(FormatError) as error:
        load_formats(None, text)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    "text", [None, "", "{}", '{"docebo": {}, "docebo:contoso.docebosaas.com": {"assigners": ["1"]}}']
)
def test_valid_settings_are_accepted(text: str | None) -> None:
    """There may be no sources, and a source may have any number of settings."""
    assert load_formats(None, text).formats


@pytest.mark.parametrize(
    ("sources", "assigner"),
    [
        ({}, "13006"),
        ({"docebo": {"assigners": "all"}}, "13006"),
        ({"docebo": {"assigners": "none"}}, None),
        ({"docebo": {"assigners": ["1", "13006"]}}, "13006"),
        ({"docebo": {"assigners": ["1"]}}, None),
        ({"docebo": {"assigners": "none"}, "docebo:contoso.docebosaas.com": {}}, "13006"),
        ({"docebo": {}, "docebo:contoso.docebosaas.com": {"assigners": "none"}}, None),
        ({"docebo": {}, "docebo:other.docebosaas.com": {"assigners": "none"}}, "13006"),
    ],
)
def test_who_counts_as_assigner(sources: dict[str, object], assigner: str | None) -> None:
    """An installation's settings replace those of its format."""
    event = read(EVENTS / "docebo" / "assigned.json")["event"]
    parsed = parse(json.dumps(event).encode(), load_formats(None, json.dumps(sources)))
    assert isinstance(parsed, Understood)
    assert parsed.event.assignment is not None
    found = parsed.event.assignment.assigner
    assert (found.lms_account.id if found is not None and found.lms_account is not None else None) == assigner
