"""Learning events of many enrollments, in order or shuffled."""

import uuid
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

Event = dict[str, Any]

FIRST = datetime(2026, 1, 5, 8, tzinfo=UTC)
EVENTS_PER_ENROLMENT = 6


def generate(enrolments: int, rng: Random) -> list[Event]:
    """Return the six events of a completed assignment for each enrollment, in the order in which they occurred.

    Some of them leave out what's optional: the status of progress, and the time of completion.
    """
    return [event for number in range(enrolments) for event in story(rng, FIRST + timedelta(minutes=number))]


def shuffle_and_duplicate(events: list[Event], rng: Random, share: float) -> list[Event]:
    """Return the events in random order, and a share of them (0 to 1) twice."""
    delivered = events + rng.sample(events, round(share * len(events)))
    rng.shuffle(delivered)
    return delivered


def story(rng: Random, begin: datetime) -> list[Event]:
    """Return the events of one enrollment: assigned, started, progressed three times, completed."""
    enrolment, learner, content, assigner = (_uuid(rng) for _ in range(4))
    times = [begin + timedelta(seconds=second) for second in sorted(rng.sample(range(7 * 86_400), 6))]
    percentages = sorted(rng.sample(range(1, 100), 3))
    completed_at = (times[5] - timedelta(seconds=rng.randrange(600))).isoformat()
    terms = {
        "type": rng.choice(["required", "recommended"]),
        "assigner": {"entraObjectId": assigner},
        "assignedAt": times[0].isoformat(),
        "dueAt": {"dateTime": "2026-12-31T16:05:00", "timeZone": "UTC"},
    }
    parts: list[tuple[str, Event]] = [
        ("assigned", {"assignment": terms}),
        ("started", rng.choice([{}, {"progress": {"status": "inProgress"}}])),
        *(("progressed", {"progress": _progress(rng, percentage)}) for percentage in percentages),
        ("completed", rng.choice([{}, {"progress": {"status": "completed", "completedAt": completed_at}}])),
    ]
    return [
        {
            "specVersion": "1.0",
            "eventId": _uuid(rng),
            "eventType": f"course.{name}",
            "occurredAt": time.isoformat(),
            "enrollmentId": enrolment,
            "activity": "assignment",
            "learner": {"entraObjectId": learner},
            "course": {"learningContentId": content},
            **part,
        }
        for time, (name, part) in zip(times, parts, strict=True)
    ]


def _progress(rng: Random, percentage: int) -> Event:
    return {"percentage": percentage, **rng.choice([{}, {"status": "inProgress"}])}


def _uuid(rng: Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
