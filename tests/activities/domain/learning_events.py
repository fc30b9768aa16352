"""Events of one enrolment, chosen or drawn at random, and what they add up to."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from activities.domain.desired import Desired, desired_state
from activities.domain.events import ADAPTER, LearningEvent
from activities.domain.fields import Facts, merge
from activities.domain.news import News, news_of
from activities.domain.record import ActivityRecord

thorough = settings(max_examples=1_000, deadline=None)

FIRST = datetime(2026, 3, 1, 8, tzinfo=UTC)
ANN, BEN = ({"entraObjectId": f"{digit * 8}-0000-4000-8000-000000000000"} for digit in "ab")
LAW, FIRE = ({"externalId": name} for name in ("LAW-1", "FIRE-2"))
SOURCE, PROVIDER = "moodle", "provider-1"
ENROLMENT = "enrolment-1"


def at(minute: int) -> str:
    """Return the instant this many minutes after the first."""
    return (FIRST + timedelta(minutes=minute)).isoformat()


def microseconds(minute: int) -> int:
    """Return the same instant as moments and clocks store it."""
    return (FIRST + timedelta(minutes=minute) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def event(kind: str, minute: int, **parts: Any) -> LearningEvent:  # noqa: ANN401  whatever JSON can hold
    """Return an event of these tests' one enrolment."""
    terms = {"assignment": {"type": "required"}} if kind == "assigned" else {}
    return ADAPTER.validate_python(
        {
            "specVersion": "1.0",
            "eventId": f"{kind}-{minute}",
            "eventType": f"course.{kind}",
            "occurredAt": at(minute),
            "enrollmentId": ENROLMENT,
            "learner": ANN,
            "course": LAW,
            **terms,
            **parts,
        }
    )


def news(kind: str, minute: int, *, enrols_again: bool = False, **parts: Any) -> News:  # noqa: ANN401  the same
    """Return what an event of these tests' one enrolment says."""
    return news_of(event(kind, minute, **parts), SOURCE, enrols_again=enrols_again)


def assigned(minute: int, **terms: object) -> News:
    """Return an assignment, or new terms of one."""
    return news("assigned", minute, assignment={"type": "required", **terms})


def enrolled(minute: int) -> News:
    """Return an enrolment from a source whose setting says that an enrolment after a completion starts over."""
    return news("assigned", minute, enrols_again=True)


def removed(minute: int) -> News:
    """Return a removal."""
    return news("unassigned", minute)


def completed(minute: int, stated: int | None = None, **parts: object) -> News:
    """Return a completion, optionally with its own time."""
    return news("completed", minute, progress={"completedAt": None if stated is None else at(stated)}, **parts)


def progressed(minute: int, percentage: int, **parts: object) -> News:
    """Return progress in an assignment."""
    return news("progressed", minute, activity="assignment", progress={"percentage": percentage}, **parts)


def record_of(said: Iterable[News]) -> ActivityRecord:
    """Return the record after these events in this order."""
    return reduce(ActivityRecord.merged, said, ActivityRecord(ENROLMENT))


def added_up(said: Iterable[News]) -> Facts:
    """Return the facts that these events add up to in this order."""
    return reduce(merge, (one.facts for one in said), Facts())


def state(*said: News) -> Desired | None:
    """Return what the activity should be after these events."""
    return desired_state(record_of(said), PROVIDER)


def desired(*said: News) -> Desired:
    """Return what the activity should be after these events, which must lead to one."""
    found = state(*said)
    assert found is not None
    return found


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
        "dueAt": st.none() | INSTANTS,
        "notes": st.sampled_from((None, {"content": "one"}, {"content": "<b>two</b>", "contentType": "html"})),
    },
)
PROGRESS = {"percentage": st.integers(0, 100), "startedAt": INSTANTS, "completedAt": INSTANTS}
STATUS = st.sampled_from(("notStarted", "inProgress", "completed"))
PARTS = {"eventId": st.sampled_from("xy"), "startsOver": st.booleans(), "enrols_again": st.booleans()}
KINDS = st.sampled_from(("assignment", "selfInitiated"))


def news_about(kind: str, **parts: st.SearchStrategy[Any]) -> st.SearchStrategy[News]:
    """Draw events of one type. There are few instants and ids, so ties are common."""
    return st.builds(lambda minute, more: news(kind, minute, **more), MINUTES, optional(**PARTS, **parts))


NEWS = st.one_of(
    news_about("assigned", assignment=TERMS),
    news_about("started", activity=KINDS, progress=optional(**PROGRESS, status=STATUS)),
    news_about("progressed", activity=KINDS, progress=optional(**PROGRESS, status=STATUS)),
    news_about("completed", activity=KINDS, progress=optional(**PROGRESS)),
    news_about("unassigned"),
)
SOME_NEWS = st.lists(NEWS, max_size=6)
FEW_NEWS = st.lists(NEWS, max_size=3)
