"""The bodies of requests: the Graph reference's for a create, and only what may change for an update."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiota_abstractions.serialization import Parsable
from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter

from activities.domain.desired import Desired, Notes
from activities.domain.found import Found
from activities.domain.outcomes import Action, Done
from activities.domain.terms import ActivityType, Kind, OwnerIds
from activities.graph.bodies import create_body, found_activity, found_values, update_body
from activities.service import Service
from tests import ROOT
from tests.activities.graph.parts import ASSIGNMENT, CONTENT, IDS, LEARNER, SELF_INITIATED, desired
from tests.activities.graph.reference_requests import PROVIDER, REQUESTS
from tools.develop.simulator import Simulator

EXAMPLES = ROOT / "docs" / "examples"
PATH = f"/v1.0/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities"


@pytest.fixture
async def simulator() -> AsyncIterator[Simulator]:
    """Simulate Graph with the learning provider of the reference's examples."""
    async with Simulator(provider_id=PROVIDER) as running:
        yield running


@pytest.mark.parametrize("name", REQUESTS)
async def test_an_example_leads_to_the_request_of_the_reference(
    service: Service, simulator: Simulator, name: str
) -> None:
    """Graph gets one request, which equals the reference's in every property."""
    assert await service.handler.event((EXAMPLES / name).read_bytes()) == Done(Action.CREATED)

    [request] = [request for request in simulator.requests if request.operation != "token"]
    assert (request.method, request.path, request.status) == ("POST", PATH, 201)
    assert REQUESTS[name] == request.body


# Graph v1.0 reference, "Update learningCourseActivity". Other properties belong only in a create.
CHANGEABLE = {
    "@odata.type",
    "assignedDateTime",
    "completedDateTime",
    "completionPercentage",
    "dueDateTime",
    "notes",
    "startedDateTime",
    "status",
}


NAMES = ("percentage", "completed_at", "started_at", "assigned_at", "due_at", "notes")
INSTANT = st.just("2026-03-01T08:00:00+00:00")
VALUES = {
    "percentage": st.integers(0, 100),
    "completed_at": INSTANT,
    "started_at": INSTANT,
    "assigned_at": INSTANT,
    "due_at": st.just("2026-03-01T23:59:59+00:00"),
    "notes": st.just(Notes("text", "Hello")),
}


@st.composite
def some_desired(draw: st.DrawFn) -> Desired:
    """Draw a desired state in which each value is present, was removed, or was never known."""
    values = {name: draw(st.none() | VALUES[name]) for name in NAMES}
    gone = [name for name in NAMES if values[name] is None]
    cleared = tuple(draw(st.lists(st.sampled_from(gone), unique=True))) if gone else ()
    return desired(type=draw(st.sampled_from([ASSIGNMENT, SELF_INITIATED])), cleared=cleared, **values)


@given(some_desired())
def test_an_update_has_only_what_graph_lets_change(state: Desired) -> None:
    """Graph refuses an update with any other property."""
    assert set(sent(update_body(state))) <= CHANGEABLE


OF_BOTH_KINDS = {"completedDateTime": None, "completionPercentage": None}


@pytest.mark.parametrize(
    ("kind", "nulls"),
    [
        (ASSIGNMENT, {**OF_BOTH_KINDS, "assignedDateTime": None, "dueDateTime": None, "notes": None}),
        (SELF_INITIATED, {**OF_BOTH_KINDS, "startedDateTime": None}),
    ],
)
def test_an_update_takes_values_away(kind: ActivityType, nulls: dict[str, None]) -> None:
    """A removed value is sent as null if the kind of activity has it. A create has no nulls."""
    cleared = sent(update_body(desired(type=kind, cleared=NAMES)))
    untouched = sent(update_body(desired(type=kind)))
    created = sent(create_body(desired(type=kind, cleared=NAMES), IDS))
    assert cleared == untouched | nulls
    assert None not in {**untouched, **created}.values()


def test_graph_is_sent_its_own_id_of_an_enrolment() -> None:
    """The external id is the enrolment id if a path can hold it, and otherwise a hash of it."""
    plain, other = (sent(create_body(desired(name), IDS)) for name in ("enrolment-1", "enrolment/1"))
    assert plain["externalcourseActivityId"] == "enrolment-1"
    assert other["externalcourseActivityId"] == desired("enrolment/1").external_id != "enrolment/1"


def test_an_assigner_is_set_if_there_is_one() -> None:
    """A create names the assigner who was found, or nobody if none was."""
    assert sent(create_body(desired(), replace(IDS, assigner_user_id="boss")))["assignerUserId"] == "boss"
    assert "assignerUserId" not in sent(create_body(desired(), IDS))


BODY = {
    "@odata.type": "#microsoft.graph.learningAssignment",
    "assignmentType": "recommended",
    "learnerUserId": LEARNER.upper(),
    "learningContentId": CONTENT,
    "status": "completed",
}


@pytest.mark.parametrize(
    ("changes", "asked", "expected"),
    [
        ({}, "assignment", ActivityType("assignment", "recommended")),
        ({}, "selfInitiated", ActivityType("assignment", "recommended")),
        ({"assignmentType": "required"}, "assignment", ASSIGNMENT),
        ({"assignmentType": "peerRecommended"}, "assignment", ActivityType("assignment", "recommended")),
        ({"@odata.type": None}, "selfInitiated", ActivityType("assignment", "recommended")),
        ({"@odata.type": None, "assignmentType": None}, "selfInitiated", SELF_INITIATED),
        ({"@odata.type": "#microsoft.graph.learningSelfInitiatedCourse"}, "assignment", SELF_INITIATED),
    ],
)
def test_an_activity_says_its_type(changes: dict[str, None], asked: Kind, expected: ActivityType) -> None:
    """The kind that was asked for counts only if neither the type nor the assignment type says it."""
    assert found_activity("id", BODY | changes, asked).type == expected


@pytest.mark.parametrize(
    ("changes", "ids"),
    [
        ({}, OwnerIds(LEARNER, CONTENT)),
        ({"learnerUserId": None}, None),
        ({"learningContentId": ""}, None),
        ({"learnerUserId": 7}, None),
    ],
)
def test_an_activity_says_whose_it_is(changes: dict[str, object], ids: OwnerIds | None) -> None:
    """Without a learner or a course, nobody knows whose it is. An object id has no upper case."""
    found = found_activity("id", BODY | changes, "assignment")
    assert (found.id, found.ids, found.values) == ("id", ids, Found(status="completed"))


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        ({"dateTime": "2026-06-30T21:59:00.0000000", "timeZone": "UTC"}, "2026-06-30T21:59:00+00:00"),
        ({"dateTime": "2026-06-30T23:59:00.0000000", "timeZone": "Romance Standard Time"}, "2026-06-30T21:59:00+00:00"),
        ({"dateTime": "2026-06-30T21:59:00"}, "2026-06-30T21:59:00+00:00"),
        ({"dateTime": "soon", "timeZone": "UTC"}, "soon"),
        ({"timeZone": "UTC"}, None),
        (None, None),
    ],
)
def test_a_due_date_of_graph_is_an_instant(due: object, expected: str | None) -> None:
    """This holds for any zone in Graph's response. What isn't a time stays as it is, and differs from every time."""
    assert found_values({"dueDateTime": due}).due_at == expected


def sent(body: Parsable) -> dict[str, Any]:
    """Return a body as the SDK sends it."""
    writer = JsonSerializationWriter()
    body.serialize(writer)
    parsed: dict[str, Any] = json.loads(writer.get_serialized_content())
    return parsed
