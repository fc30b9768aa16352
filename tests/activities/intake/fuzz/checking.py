"""What must hold for every body: it has a result, invents nothing, and takes little time."""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from activities.intake.formats import built_in_formats
from activities.intake.parse import Batch, Ignored, ParseResult, Refused, Understood, parse
from tests.activities.intake.fuzz.states import STATES, within

RECEIVED = datetime(2026, 3, 2, 8, 15, 30, tzinfo=UTC)
# These formats make enrolment ids from the learner's name as it's written.
BY_NAME = ("xapi", "360learning", "caliper", "litmos", "adobelearningmanager")
# Far more than any body takes, even on a busy machine.
MOST_SECONDS = 10.0


@dataclass(slots=True)
class Found:
    """What became of many bodies.

    Attributes:
        counts: how many had which result.
        learners: the learner of each enrolment.
        slowest: the CPU time of the body that took longest, and its size in bytes.
    """

    counts: Counter[str] = field(default_factory=Counter)
    learners: dict[str, object] = field(default_factory=dict)
    slowest: tuple[float, int] = (0.0, 0)


def check(body: bytes, document: Any, found: Found) -> None:  # noqa: ANN401  # any JSON
    """Parse the body that was made from the document.

    A completion must come from a document that states one, and an enrolment must belong to one learner.
    """
    began = time.process_time()
    result = parse(body, built_in_formats(), RECEIVED)
    seconds = time.process_time() - began
    found.slowest = max(found.slowest, (seconds, len(body)))
    assert seconds < MOST_SECONDS
    assert isinstance(result, ParseResult)
    found.counts[type(result).__name__] += 1
    if isinstance(result, Batch):
        assert len(result.items) > 1
        for item in result.items:
            inner = parse(item.encode(), built_in_formats(), RECEIVED)
            assert isinstance(inner, Understood | Ignored | Refused)
            _check_one(inner, document, found)
    else:
        _check_one(result, document, found)


def _check_one(result: ParseResult, document: Any, found: Found) -> None:  # noqa: ANN401  # any JSON
    match result:
        case Understood(event, name):
            if event.completes:
                found.counts["completions"] += 1
                assert any(STATES[name](one) for one in within(document)), f"{name} {event.enrollment_id}"
            if name in BY_NAME and event.learner is not None:
                found.counts["named"] += 1
                reference = event.learner.reference
                assert found.learners.setdefault(event.enrollment_id, reference) == reference
        case Ignored(name, _) | Refused(_, _, name):
            assert name in STATES or name == "unknown"
