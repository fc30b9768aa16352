"""Events of one enrolment, chosen or drawn at random, and what they add up to."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from activities.domain.desired import Desired, desired_state
from activities.domain.events import ADAPTER, LearningEvent
from activities.domain.fields import Fields, fields_of, merge
from activities.domain.record import ActivityRecord

thorough = settings(max_examples=1_000, deadline=None)

FIRST = datetime(2026, 3, 1, 8, tzinfo=UTC)
ANN, BEN = ({"entraObjectId": f"{digit * 8}-0000-4000-8000-000000000000"} for digit in "ab")
LAW, FIRE = ({"externalId": name} for name in ("LAW-1", "FIRE-2"))


def at(minute: int) -> str:
    """Return the instant so many minutes after the first."""
    return (FIRST + timedelta(minutes=minute)).isoformat()


def event(kind: str, minute: int, **parts: Any) -> LearningEvent:  # noqa: ANN401  whatever JSON holds
    """Return an event of the one enrolment of these tests."""
    return ADAPTER.validate_python(
        {
            "specVersion": "1.0",
            "eventId": f"{kind}-{minute}",
            "eventType": f"course.{kind}",
            "occurredAt": at(minute),
            "enrollmentId": "enrolment-1",
            "learner": ANN,
            "course": LAW,
            **parts,
        }
    )


def added_up(events: Iterable[LearningEvent]) -> Fields:
    """Return the fields that events add up to in this order."""
    return reduce(merge, map(fields_of, events), {})


def state(*events: LearningEvent) -> Desired | None:
    """Return what the activity should be after events."""
    return desired_state(ActivityRecord("enrolment-1", added_up(events)))


def optional(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw any selection of these properties."""
    return st.fixed_dictionaries({}, optional=parts)


MINUTES = st.integers(0, 4)
INSTANTS = MINUTES.map(at)
TERMS = st.fixed_dictionaries(
    {"type": st.sampled_from(("required", "recommended"))},
    optional={
        "assigner": st.sampled_from((ANN, BEN)),
        "assignedAt": INSTANTS,
        "dueAt": INSTANTS,
        "notes": st.sampled_from(({"content": "one"}, {"content": "<b>two</b>", "contentType": "html"})),
    },
)
PROGRESS = {"percentage": st.integers(0, 100), "startedAt": INSTANTS, "completedAt": INSTANTS}
STATUS = st.sampled_from(("notStarted", "inProgress", "completed"))
PARTS = {
    "learner": st.sampled_from((ANN, BEN)),
    "course": st.sampled_from((LAW, FIRE)),
    "eventId": st.sampled_from("xy"),
}
KINDS = st.sampled_from(("assignment", "selfInitiated"))


def events_of(kind: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[LearningEvent]:
    """Draw events of a type. There are few instants and ids, so that ties are common."""
    return st.builds(lambda minute, more: event(kind, minute, **more), MINUTES, optional(**PARTS, **parts))


EVENTS = st.one_of(
    st.builds(
        lambda minute, more, terms: event("assigned", minute, assignment=terms, **more),
        MINUTES,
        optional(**PARTS),
        TERMS,
    ),
    events_of("started", activity=KINDS, progress=optional(**PROGRESS, status=STATUS)),
    events_of("progressed", activity=KINDS, progress=optional(**PROGRESS, status=STATUS)),
    events_of("completed", activity=KINDS, progress=optional(**PROGRESS)),
    events_of("unassigned"),
)
SOME_EVENTS = st.lists(EVENTS, max_size=6)
FEW_EVENTS = st.lists(EVENTS, max_size=3)
