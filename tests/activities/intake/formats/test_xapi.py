"""xAPI statements: whose enrolment they're about, what completes a course, and what isn't a course."""

import json
from typing import Any

import pytest

from activities.intake.formats import load_formats
from activities.intake.parse import Ignored, ParseResult, Refused, Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import as_written, parse_case, read

REGISTRATION = "3f8a1c52-6f0e-4f6a-9a31-0c3b6d3f9e10"
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
COURSE = "http://adlnet.gov/expapi/activities/course"
COURSE_OF_CMI5 = "https://w3id.org/xapi/cmi5/activitytype/course"


def statement(verb: str, who: str = "ann", kind: str = COURSE, **context: object) -> dict[str, Any]:
    """Return a statement about a course, with a registration unless the context has another."""
    return {
        "actor": {"mbox": f"mailto:{who}@example.org"},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": "https://lms.example.org/course/7", "definition": {"type": kind}},
        "timestamp": "2026-03-02T09:15:00Z",
        "context": {"registration": REGISTRATION} | context,
    }


def category(*ids: str) -> dict[str, object]:
    """Return the context of statements in these categories."""
    return {"category": [{"id": one} for one in ids]}


def enrolments(*statements: dict[str, Any]) -> set[str]:
    """Return the enrolments of statements, each of which must be an event."""
    parsed = [parse(json.dumps(one).encode()) for one in statements]
    assert {type(result) for result in parsed} == {Understood}
    return {result.event.enrollment_id for result in parsed if isinstance(result, Understood)}


@pytest.mark.parametrize("kind", [COURSE, COURSE_OF_CMI5])
def test_two_learners_who_share_a_registration_have_two_enrolments(kind: str) -> None:
    """A Moodle plug-in gives all statements of a run the same one, even with cmi5's type of courses."""
    assert len(enrolments(statement("completed", "ann", kind), statement("initialized", "bob", kind))) == 2


@pytest.mark.parametrize("kind", [COURSE, COURSE_OF_CMI5])
def test_a_learner_with_two_sessions_has_one_enrolment(kind: str) -> None:
    """The same plug-in sends another registration with each session's statements."""
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
    """A single category doesn't need to be in a list."""
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
    """Statements of another category, or of none, belong to the learner in the course."""
    assert len(enrolments(statement("completed", contextActivities=activities), statement("registered"))) == 1


ACCEPTS_UNTYPED = load_formats(sources='{"xapi": {"acceptUntyped": true}}')
# Verbs that say something other than completed.
OTHERS = (
    "terminated",
    "exited",
    "mastered",
    "progressed",
    "attempted",
    "experienced",
    "achieved",
    "scored",
    "suspended",
)


def completes(one: dict[str, Any]) -> bool:
    """Tell whether a statement is a completion."""
    result = parse(json.dumps(one).encode())
    return isinstance(result, Understood) and result.event.completes


@pytest.mark.parametrize("verb", OTHERS)
@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"completion": True}, True),
        ({"completion": True, "success": True}, True),
        ({"completion": True, "success": False}, False),
        ({"completion": False}, False),
        ({"completion": False, "success": True}, False),
        ({"completion": "true"}, False),
        ({"success": True, "score": {"scaled": 1.0}}, False),
        ({}, False),
        (None, False),
    ],
    ids=str,
)
def test_a_result_completes_only_if_it_says_so(verb: str, result: object, expected: bool) -> None:  # noqa: FBT001  # a row of the table
    """Whatever the verb, the course is completed if the result says so, and not if success is false."""
    assert completes(statement(verb) | {"result": result}) is expected


@pytest.mark.parametrize("verb", ["registered", "initialized", "launched", "failed", "viewed", "voided", "abandoned"])
def test_these_verbs_never_complete(verb: str) -> None:
    """They say what happened before or after, or that it went wrong."""
    assert not completes(statement(verb) | {"result": {"completion": True}})


def untyped(verb: str = "completed", **more: object) -> dict[str, Any]:
    """Return a statement whose object has only an id, and `more`."""
    return statement(verb) | {"object": {"id": "https://lms.example.org/course/7"} | more}


def result_of(one: dict[str, Any], *, accepts: bool = False) -> ParseResult:
    """Return the result of a statement from a source that accepts objects without a type, or doesn't."""
    return parse(json.dumps(one).encode(), ACCEPTS_UNTYPED if accepts else None)


@pytest.mark.parametrize("verb", ["completed", "passed", "exited"])
@pytest.mark.parametrize(
    "more", [{}, {"objectType": "Activity"}, {"definition": {"name": {"en": "Fire safety"}}}], ids=str
)
def test_a_completion_of_something_without_a_type(verb: str, more: dict[str, object]) -> None:
    """It isn't lost silently, and it's a completion if the source accepts it."""
    one = untyped(verb, **more) | {"result": {"completion": True}}
    ignored, accepted = result_of(one), result_of(one, accepts=True)
    assert ignored == Ignored("xapi", f"http://adlnet.gov/expapi/verbs/{verb}", untyped=True)
    assert isinstance(accepted, Understood)
    assert accepted.event.completes


def test_only_completions_without_a_type_are_counted() -> None:
    """Answers to questions come without a type by the thousand."""
    for verb in ("answered", "experienced", "initialized", "registered", "failed"):
        assert result_of(untyped(verb)) == Ignored("xapi", f"http://adlnet.gov/expapi/verbs/{verb}")


@pytest.mark.parametrize("accepts", [False, True])
@pytest.mark.parametrize(
    "more",
    [
        {"object": {"objectType": "StatementRef", "id": REGISTRATION}},
        {"object": {"objectType": "Agent", "id": "7", "mbox": "mailto:bob@example.org"}},
        {"object": {"objectType": "Group", "id": "7"}},
        {"object": {"objectType": "SubStatement", "id": "7", "definition": {"type": COURSE}}},
        {"object": {"objectType": "activity of another kind", "id": "7", "definition": {"type": COURSE}}},
        {"object": {"id": "7", "definition": {"type": "https://w3id.org/xapi/cmi5/activitytype/block"}}},
        {"context": {"contextActivities": {"parent": [{"id": "https://lms.example.org/course/7"}]}}},
        {"context": {"contextActivities": category(CMI5)}},
        {"context": {"contextActivities": {"category": {"id": CMI5}}}},
    ],
    ids=str,
)
def test_what_is_no_course_is_never_one(accepts: bool, more: dict[str, Any]) -> None:  # noqa: FBT001  # a row of the table
    """Statements, people, blocks, parts of something and cmi5 units aren't courses, whatever the source accepts."""
    assert result_of(untyped() | more, accepts=accepts) == Ignored("xapi", "http://adlnet.gov/expapi/verbs/completed")


def test_the_case_of_verbs_and_types_does_not_matter() -> None:
    """Verbs, types and kinds of objects mean the same in capitals."""
    one = statement("COMPLETED", kind=COURSE.upper())
    one["object"]["objectType"] = "ACTIVITY"
    assert completes(one)


@pytest.mark.parametrize(
    "verb", ["https://w3id.org/xapi/tla/verbs/assigned", "http://activitystrea.ms/schema/1.0/assign"]
)
def test_who_assigns_is_not_the_learner(verb: str) -> None:
    """The actor is the person who assigned. The statement is refused, because it doesn't say who the learner is."""
    detail = "learner: missing; the actor of this verb is the person who assigned"
    result = result_of(statement("x") | {"verb": {"id": verb}})
    assert isinstance(result, Refused)
    assert result.detail == detail


@pytest.mark.parametrize(
    ("enrolled_by", "expected"),
    [
        ({"mbox": "mailto:Lee.Gu@example.org"}, "lee.gu@example.org"),
        (
            {"account": {"homePage": "https://lms.example.org", "name": "9"}},
            {"source": "https://lms.example.org", "id": "9"},
        ),
        ({"objectType": "Group", "mbox": "mailto:team@example.org"}, None),
        ({"mbox": "mailto:ann@example.org"}, None),
        (None, None),
    ],
    ids=str,
)
def test_the_instructor_is_the_assigner_only_where_the_profile_says_so(enrolled_by: object, expected: object) -> None:
    """In statements of Moodle's plug-in, it's the person who enrolled the learner. Elsewhere it's the teacher."""
    enrolled = {"verb": {"id": "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/enrolled"}}
    named = []
    for one in (statement("x", instructor=enrolled_by) | enrolled, statement("registered", instructor=enrolled_by)):
        assigner = as_written(result_of(one))["assignment"].get("assigner")
        named.append(assigner and next(iter(assigner.values())))
    assert named == [expected, None]


@pytest.mark.parametrize(
    "cases",
    [
        (
            "assigned-moodle-47",
            "completed-moodle-47",
            "assigned-moodle-48",
            "completed-moodle-48",
            "unassigned-moodle-48",
        ),
        ("assigned-brightspace", "assigned-brightspace-course", "started-brightspace", "unassigned-brightspace"),
        ("assigned-grassblade", "completed-learndash", "unassigned-grassblade"),
        ("assigned-openedx", "completed-openedx-passed", "completed-openedx-pages", "completed-openedx-block"),
        ("started-percipio", "completed-percipio"),
        ("completed-cmi5-satisfied", "completed-cmi5-waived", "completed-cmi5-registration-in-capitals"),
    ],
    ids=lambda cases: cases[0],
)
def test_the_statements_of_one_sender_meet(cases: tuple[str, ...]) -> None:
    """All statements of one enrolment have its id, its learner and its course."""
    results = [parse_case(read(EVENTS / "xapi" / f"{case}.json")) for case in cases]
    events = [result.event for result in results if isinstance(result, Understood)]
    assert len(events) == len(cases)
    assert len({(event.enrollment_id, str(event.learner), str(event.course)) for event in events}) == 1
