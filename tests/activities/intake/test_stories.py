"""The stories in `tests/events/stories`: messages, and the activities that they add up to in any order."""

import json
from dataclasses import asdict
from itertools import islice, permutations
from pathlib import Path
from typing import Any

import pytest

from activities.domain.desired import desired_state
from activities.domain.news import news_of
from activities.domain.record import ActivityRecord
from activities.intake.formats import Formats
from activities.intake.parse import Ignored, Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import formats_of, read

STORIES = sorted(EVENTS.glob("stories/*.json"))
# The orders of five messages.
MOST_ORDERS = 120


def activities(messages: list[Any], formats: Formats) -> list[dict[str, Any]]:
    """Return what each enrolment should be, ordered by learner and id. Nothing has to be in Graph for that."""
    records: dict[str, ActivityRecord] = {}
    for message in messages:
        parsed = parse(json.dumps(message).encode(), formats)
        if isinstance(parsed, Ignored):
            continue
        assert isinstance(parsed, Understood), parsed
        record = records.get(parsed.event.enrollment_id) or ActivityRecord(parsed.event.enrollment_id)
        news = news_of(parsed.event, parsed.source, parsed.formerly, enrols_again=parsed.enrols_again)
        assert record.takes(news)
        records[parsed.event.enrollment_id] = record.merged(news)
    return sorted((_written(record) for record in records.values()), key=lambda one: str(one["learner"]))


def _written(record: ActivityRecord) -> dict[str, Any]:
    desired = desired_state(record, "provider")
    assert record.owner is not None
    assert record.owner.subject is not None
    who = {"learner": " ".join(record.owner.subject.learner), "course": " ".join(record.owner.subject.course)}
    if desired is None:
        return who | {"activity": None}
    names = ("status", "percentage", "assigned_at", "due_at", "started_at", "completed_at")
    values = {name: value for name, value in asdict(desired).items() if name in names and value is not None}
    return who | {"kind": desired.kind, **values, "cleared": list(desired.cleared)}


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_a_story_ends_as_it_should(story: Path) -> None:
    """This holds whatever order the messages arrive in, and even if one arrives twice."""
    content = read(story)
    formats = formats_of(content)
    for order in islice(permutations(content["messages"]), MOST_ORDERS):
        assert activities([*order, order[0]], formats) == content["expected"]
