"""Learners, courses and enrolments, as formats identify them."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from activities.domain.outcomes import Reason
from activities.intake.formats import load_formats
from activities.intake.parse import Refused, Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import parse_case, read
from tests.activities.intake.formats.files import ACME, EVENT, folder_with


def test_other_enrolments_have_other_ids() -> None:
    """Another learner, another course or another installation is another enrolment."""
    event = read(EVENTS / "docebo" / "completed.json")["event"]
    others = [
        event,
        event | {"payload": event["payload"] | {"user_id": 1}},
        event | {"payload": event["payload"] | {"course_id": 1}},
        event | {"original_domain": "other.docebosaas.com"},
    ]
    parsed = [parse(json.dumps(other).encode()) for other in others]
    assert len({result.event.enrollment_id for result in parsed if isinstance(result, Understood)}) == len(others)


UUID = "3f8a1c52-6f0e-4f6a-9a31-0c3b6d3f9e10"


def made_of(*parts: str) -> str:
    """Return the id of the enrolment with these parts."""
    return str(uuid.uuid5(uuid.UUID("0d7b4f5e-63a1-5c9c-9d8e-5f6f5a1c7e42"), json.dumps(parts)))


IDS = {
    "360learning/completed": made_of(
        "360learning",
        '{"lmsAccount": {"id": "65a1b2c3d4e5f60718293a4b", "source": "360learning"}}',
        '{"externalId": "65b0c1d2e3f405162738495a"}',
        "65c2d3e4f5061728394a5b6c",
    ),
    "360learning/completed-course": made_of(
        "360learning",
        '{"lmsAccount": {"id": "65a1b2c3d4e5f60718293a4b", "source": "360learning"}}',
        '{"externalId": "65e4f5061728394a5b6c7d8e"}',
        "65d3e4f5061728394a5b6c7d",
    ),
    "workramp/unassigned": made_of(
        "workramp",
        "0c6d7e8f-1a2b-4c3d-9e0f-a1b2c3d4e5f6",
        '{"externalId": "7d1f2c3b-5a49-4e8f-8b6a-9c0d1e2f3a4b"}',
        "b81c9d0e-2f3a-4b5c-8d6e-7f8091a2b3c4",
    ),
    "workramp/completed-academy": made_of(
        "workramp", "u-9", '{"externalId": "g-1"}', "b74a95c5-1b2c-4d3e-8f90-a1b2c3d4e5f7"
    ),
    "xapi/completed-cmi5-satisfied": made_of(
        "xapi",
        '{"lmsAccount": {"id": "adelev", "source": "https://lms.contoso.com"}}',
        '{"externalId": "https://lms.contoso.com/cmi5/7f3b"}',
        "0f6c1c1a-5c0b-4c7e-9a39-0b6a4a2d7d11",
    ),
    "xapi/completed": made_of(
        "xapi",
        '{"email": "adele.vance@contoso.com"}',
        '{"externalId": "https://learn.contoso.com/courses/fire-safety"}',
    ),
    "moodle/completed-at-a-host": made_of("moodle:moodle.contoso.com", "45", "17"),
    "docebo/completed": made_of("docebo:contoso.docebosaas.com", "13021", "297"),
    "openedx/completed": made_of("openedx", "41", "course-v1:Contoso+FS101+2026"),
    "canvas/completed": made_of("canvas:k2QvWcW3pYx1VdqHq0o3yC4yq5wq3f8xkz9sT2bN", "345", "812"),
    "cornerstone/completed": made_of("cornerstone:contoso", "E00471", "9c1f7a52-3b1e-4b0d-9a77-52a1c0de0001"),
}


@pytest.mark.parametrize(("case", "expected"), IDS.items(), ids=IDS)
def test_an_id_is_made_of_source_learner_course_and_cycle(case: str, expected: str) -> None:
    """The LMS's own id is the cycle. Without one, a learner has one enrolment in a course."""
    parsed = parse_case(read(EVENTS / f"{case}.json"))
    assert isinstance(parsed, Understood)
    assert parsed.event.enrollment_id == expected


# A case, and where it has the learner, the course and the LMS's own id of the enrolment.
OWN_IDS = {
    "a path of 360Learning": ("360learning/completed", "data.userId", "data.pathId", "data.enrollmentId"),
    "an attempt of 360Learning": ("360learning/completed-course", "data.userId", "data.courseId", "data.attemptId"),
    "WorkRamp": ("workramp/completed", "user.id", "guide.id", "guideAssignment.id"),
    "an Academy of WorkRamp": ("workramp/completed-academy", "user.id", "guide.id", "id"),
    "cmi5": ("xapi/completed-cmi5-satisfied", "actor.account.name", "object.id", "context.registration"),
}


def enrolment(event: dict[str, Any], path: str = "", value: str = "") -> str:
    """Return the id of an event's enrolment, with another value at a path."""
    changed = place = json.loads(json.dumps(event))
    *names, last = path.split(".")
    for name in names:
        place = place[name]
    if path:
        place[last] = value
    parsed = parse(json.dumps(changed).encode())
    assert isinstance(parsed, Understood)
    return parsed.event.enrollment_id


@pytest.mark.parametrize(("case", "learner", "course", "own"), OWN_IDS.values(), ids=OWN_IDS)
def test_one_id_of_an_lms_never_joins_two_learners(case: str, learner: str, course: str, own: str) -> None:
    """Learners and courses stay apart, even if they share one of the LMS's ids. Another such id is another cycle."""
    event = read(EVENTS / f"{case}.json")["event"]
    ids = [enrolment(event), *(enrolment(event, path, "another") for path in (learner, course, own))]
    assert len(set(ids)) == len(ids)


def test_a_new_address_is_the_same_assignment() -> None:
    """WorkRamp also names the user by an id, and an address may change during an assignment."""
    event = read(EVENTS / "workramp" / "completed.json")["event"]
    assert enrolment(event, "user.email", "adele.miller@contoso.com") == enrolment(event)


def test_accounts_of_canvas_keep_their_database() -> None:
    """A user of another database keeps the global id, because Canvas uses it for that user everywhere."""
    event = read(EVENTS / "canvas" / "assigned.json")["event"]
    event["body"]["user_id"] = "99990000000000345"
    parsed = parse(json.dumps(event).encode())
    assert isinstance(parsed, Understood)
    assert parsed.event.learner is not None
    assert parsed.event.learner.reference[1].endswith("\n99990000000000345")


@pytest.mark.parametrize(("missing", "field"), [("who", "learner"), ("what", "course")])
def test_an_enrolment_without_an_id_needs_learner_and_course(tmp_path: Path, missing: str, field: str) -> None:
    """Without either, even a withdrawal can't be matched to its enrolment."""
    formats = load_formats(folder_with(tmp_path, ACME.replace("course.completed", "course.unassigned")))
    result = parse(json.dumps(EVENT | {missing: None}).encode(), formats)
    assert result == Refused(Reason.INVALID_EVENT, f"{field}: missing", "acme")


ALIKE = {
    "addresses": (
        "who",
        ["adele@contoso.com", "Adele@Contoso.com", "mailto:adele@contoso.com", "adele%40contoso.com"],
    ),
    "accounts": ("account", [UUID, UUID.upper(), f"urn:uuid:{UUID}"]),
    "courses": ("what", [UUID, UUID.upper(), f"urn:uuid:{UUID}"]),
    "keys of learners": ("key", [UUID, UUID.upper(), "urn:uuid:" + UUID]),
    "addresses as keys": ("key", ["adele@contoso.com", "mailto:Adele@Contoso.com"]),
    "keys of courses": ("course", [UUID, UUID.upper()]),
    "cycles": ("round", [UUID, UUID.upper(), f" urn:uuid:{UUID.upper()}"]),
}
KEYS = '[enrolment]\nlearner = "key"\ncourse = "course"\ncycle = "round"\n[[events]]'


@pytest.mark.parametrize(("name", "values"), ALIKE.values(), ids=ALIKE)
def test_what_is_written_differently_is_the_same_enrolment(tmp_path: Path, name: str, values: list[str]) -> None:
    """Ids are made from the canonical forms of their parts."""
    acme = ACME.replace('learner.email = "who"', 'learner.email = "who"\nlearner.lmsAccount = "account"')
    keyed = name in {"key", "course", "round"}
    formats = load_formats(folder_with(tmp_path, acme.replace("[[events]]", KEYS) if keyed else acme))
    event = EVENT | {"who": None if name == "account" else EVENT["who"], "key": "7", "course": "C-1"}
    parsed = [parse(json.dumps(event | {name: value}).encode(), formats) for value in values]
    assert {type(result) for result in parsed} == {Understood}
    assert len({result.event.enrollment_id for result in parsed if isinstance(result, Understood)}) == 1
