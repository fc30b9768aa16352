"""Registrations of xAPI statements, which are enrolments only in cmi5."""

import json
from typing import Any

import pytest

from activities.intake.parse import Understood, parse

REGISTRATION = "3f8a1c52-6f0e-4f6a-9a31-0c3b6d3f9e10"
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
COURSE = "http://adlnet.gov/expapi/activities/course"
COURSE_OF_CMI5 = "https://w3id.org/xapi/cmi5/activitytype/course"


def statement(verb: str, who: str = "ann", kind: str = COURSE, **context: object) -> dict[str, Any]:
    """A statement about a course, with a registration unless the context has another."""
    return {
        "actor": {"mbox": f"mailto:{who}@example.org"},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": "https://lms.example.org/course/7", "definition": {"type": kind}},
        "timestamp": "2026-03-02T09:15:00Z",
        "context": {"registration": REGISTRATION} | context,
    }


def category(*ids: str) -> dict[str, object]:
    """The context of statements in these categories."""
    return {"category": [{"id": one} for one in ids]}


def enrolments(*statements: dict[str, Any]) -> set[str]:
    """The enrolments of statements, each of which must be an event."""
    parsed = [parse(json.dumps(one).encode()) for one in statements]
    assert {type(result) for result in parsed} == {Understood}
    return {result.event.enrollment_id for result in parsed if isinstance(result, Understood)}


@pytest.mark.parametrize("kind", [COURSE, COURSE_OF_CMI5])
def test_two_learners_who_share_a_registration_have_two_enrolments(kind: str) -> None:
    """A plug-in for Moodle gives all statements of a run the same one, also with cmi5's type of courses."""
    assert len(enrolments(statement("completed", "ann", kind), statement("initialized", "bob", kind))) == 2


@pytest.mark.parametrize("kind", [COURSE, COURSE_OF_CMI5])
def test_a_learner_with_two_sessions_has_one_enrolment(kind: str) -> None:
    """The same plug-in sends another registration with the statements of each session."""
    other = REGISTRATION.replace("3", "4")
    first, second = statement("registered", kind=kind), statement("completed", kind=kind, registration=other)
    assert len(enrolments(first, second, statement("progressed", kind=kind, registration=None))) == 1


def test_a_registration_is_the_same_in_upper_case() -> None:
    """Assignment and completion of one enrolment meet, in cmi5 or not."""
    cmi5 = category(CMI5)
    for context in ({}, {"contextActivities": cmi5}):
        upper = context | {"registration": REGISTRATION.upper()}
        assert len(enrolments(statement("registered", **context), statement("completed", **upper))) == 1


def test_another_registration_of_cmi5_is_another_enrolment() -> None:
    """In cmi5, a learner who takes a course again has a new registration."""
    cmi5 = {"contextActivities": category("https://w3id.org/xapi/cmi5/context/categories/moveon", CMI5)}
    other = {"registration": REGISTRATION.replace("3", "4")}
    assert len(enrolments(statement("completed", **cmi5), statement("completed", **cmi5, **other))) == 2


def test_learners_of_cmi5_who_share_a_registration_have_two_enrolments() -> None:
    """Even where registrations count, they never join two learners."""
    cmi5 = {"contextActivities": category(CMI5)}
    assert len(enrolments(statement("completed", "ann", **cmi5), statement("completed", "bob", **cmi5))) == 2


@pytest.mark.parametrize(
    "activities",
    [{"category": {"id": CMI5}}, category(CMI5), category("https://example.org/profile", CMI5)],
    ids=["not in a list", "alone", "among others"],
)
def test_a_category_may_be_written_in_several_ways(activities: dict[str, object]) -> None:
    """A single category need not be in a list."""
    cmi5, plain = statement("completed", contextActivities=activities), statement("completed")
    assert enrolments(cmi5) == enrolments(statement("completed", contextActivities=category(CMI5)))
    assert enrolments(cmi5) != enrolments(plain)


@pytest.mark.parametrize(
    "activities",
    [
        None,
        {},
        {"category": None},
        {"category": []},
        category("https://example.org/profile"),
        {"parent": [{"id": CMI5}]},
    ],
    ids=str,
)
def test_a_registration_outside_of_cmi5_says_nothing(activities: object) -> None:
    """Statements of another category, or of none, are those of the learner in the course."""
    assert len(enrolments(statement("completed", contextActivities=activities), statement("registered"))) == 1
