"""Which failures count against a record: only those after which others got through."""

from collections.abc import Sequence
from functools import reduce

import pytest

from activities.domain.retry_policy import FIND_CONTENT, Failure, failing_after
from activities.domain.sync_parts import Failing
from tests.activities.domain.failures import (
    CREATE,
    DISCONNECTED,
    EVERYBODY,
    HELD,
    LATE,
    MISSING,
    NOW,
    READ,
    REFUSED,
    THROTTLED,
    UNAUTHORISED,
    UNCLEAR,
    UNCLEAR_READ,
    YOUNG,
)

MINUTE = 60.0
DAY = 24 * 60  # in minutes
# A try: the failure, how many requests of its kind had succeeded by then, and the minute.
type Try = tuple[Failure, int, int]


def after(*tries: Try) -> Failing:
    """Return a record's failures after these tries."""
    failing = reduce(lambda before, one: failing_after(before, one[0], one[1], NOW + one[2] * MINUTE), tries, None)
    assert failing is not None
    return failing


# Each has a name, the tries, and how many refusals count.
REFUSALS: list[tuple[str, Sequence[Try], int]] = [
    ("the first", [(REFUSED, 7, 0)], 1),
    ("others got through", [(REFUSED, 7, 0), (REFUSED, 8, 1)], 2),
    ("nobody got through", [(REFUSED, 7, 0), (REFUSED, 7, 1)], 1),
    ("the count of successes was lost", [(REFUSED, 7, 0), (REFUSED, 0, 1)], 1),
    ("five times with others in between", [(REFUSED, n, n) for n in range(5)], 5),
    ("a hundred times without", [(REFUSED, 7, n) for n in range(100)], 1),
    ("not counted, and not reset", [(REFUSED, 1, 0), (REFUSED, 2, 1), (REFUSED, 2, 2), (REFUSED, 3, 3)], 3),
    ("everybody's with others in between", [(EVERYBODY, n, n) for n in range(5)], 5),
    ("everybody's without", [(EVERYBODY, 7, n) for n in range(100)], 1),
    ("everybody's, then unknown", [(EVERYBODY, 1, 0), (REFUSED, 2, 1), (EVERYBODY, 3, 2)], 3),
    ("throttled in between", [(REFUSED, 1, 0), (THROTTLED, 5, 1), (REFUSED, 5, 2)], 2),
    ("throttled, and nobody got through", [(REFUSED, 5, 0), (THROTTLED, 5, 1), (REFUSED, 5, 2)], 1),
    ("held in between", [(EVERYBODY, 1, 0), (HELD, 5, 1), (EVERYBODY, 5, 2)], 2),
    ("only throttled and held", [(THROTTLED, 1, 0), (HELD, 5, 1), (THROTTLED, 9, 2)], 0),
    ("another kind of request in between", [(REFUSED, 1, 0), (UNCLEAR_READ, 9, 1), (REFUSED, 9, 2)], 1),
    ("lost responses in between", [(REFUSED, 1, 0), (UNCLEAR, 2, 1), (REFUSED, 3, 2)], 2),
    ("no connection in between", [(REFUSED, 1, 0), (DISCONNECTED, 9, 1), (REFUSED, 9, 2)], 1),
    ("no connection", [(DISCONNECTED, n, n) for n in range(9)], 0),
    ("a token that Graph refuses", [(UNAUTHORISED, n, n) for n in range(9)], 0),
    ("not started, and too young", [(LATE, 1, 0), (YOUNG, 2, 1), (LATE, 3, 2)], 0),
]


@pytest.mark.parametrize(("tries", "refusals"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS])
def test_a_refusal_counts_if_others_got_through_since_the_last_try(tries: Sequence[Try], refusals: int) -> None:
    """A failure without evidence neither counts nor resets anything. A throttled or held try doesn't exist."""
    assert after(*tries).refusals == refusals


# Each has a name, the tries, and how many minutes count.
UNCLEARS: list[tuple[str, Sequence[Try], int]] = [
    ("the first", [(UNCLEAR, 7, 0)], 0),
    ("others got through", [(UNCLEAR, 7, 0), (UNCLEAR, 8, 10)], 10),
    ("nobody got through", [(UNCLEAR, 7, 0), (UNCLEAR, 7, 10)], 0),
    ("only stretches with evidence", [(UNCLEAR, 1, 0), (UNCLEAR, 2, 5), (UNCLEAR, 2, 9), (UNCLEAR, 3, 12)], 5 + 3),
    ("others of another kind", [(UNCLEAR, 1, 0), (UNCLEAR_READ, 9, 10)], 0),
    ("a refusal begins a stretch too", [(REFUSED, 1, 0), (UNCLEAR, 2, 4)], 4),
    ("throttled in between", [(UNCLEAR, 1, 0), (THROTTLED, 2, 5), (UNCLEAR, 3, 9)], 9),
    ("not started in between", [(UNCLEAR, 1, 0), (LATE, 2, 5), (UNCLEAR, 3, 9)], 9),
    ("held for three days in between", [(UNCLEAR, 1, 0), (HELD, 2, 5), (UNCLEAR, 9, 3 * DAY)], 15),
    ("the app was stopped for three days", [(UNCLEAR, 1, 0), (UNCLEAR, 9, 3 * DAY)], 15),
]


@pytest.mark.parametrize(("tries", "minutes"), [case[1:] for case in UNCLEARS], ids=[case[0] for case in UNCLEARS])
def test_unclear_stretches_add_up_if_others_got_through(tries: Sequence[Try], minutes: int) -> None:
    """Time counts only if others got through, and at most `LONGEST_DELAY` for each try."""
    assert after(*tries).unclear == minutes * MINUTE


# Each has a name, the tries, and how many minutes count.
ABSENCES: list[tuple[str, Sequence[Try], int]] = [
    ("the first", [(MISSING, 0, 0)], 0),
    ("twice", [(MISSING, 0, 0), (MISSING, 0, 10)], 10),
    ("three times", [(MISSING, 0, 0), (MISSING, 0, 10), (MISSING, 0, 12)], 12),
    ("a lost response in between", [(MISSING, 0, 0), (UNCLEAR, 0, 5), (MISSING, 0, 9)], 0),
    ("no connection in between", [(MISSING, 0, 0), (DISCONNECTED, 0, 5), (MISSING, 0, 9), (MISSING, 0, 11)], 2),
    ("a refusal in between", [(MISSING, 0, 0), (REFUSED, 0, 5), (MISSING, 0, 9)], 0),
    ("throttled in between", [(MISSING, 0, 0), (THROTTLED, 0, 5), (MISSING, 0, 9)], 9),
    ("held in between", [(MISSING, 0, 0), (HELD, 0, 5), (MISSING, 0, 9)], 9),
    ("throttled for three days in between", [(MISSING, 0, 0), (THROTTLED, 0, 5), (MISSING, 0, 3 * DAY)], 15),
]


@pytest.mark.parametrize(("tries", "minutes"), [case[1:] for case in ABSENCES], ids=[case[0] for case in ABSENCES])
def test_a_course_was_missing_if_both_ends_of_a_stretch_say_so(tries: Sequence[Try], minutes: int) -> None:
    """If the catalogue wasn't asked, or didn't respond, nobody knows whether the course was missing."""
    assert after(*tries).absent == minutes * MINUTE


def test_a_try_notes_what_the_next_one_is_compared_with() -> None:
    """Successes are counted by kind, and the clocks of two processes are never compared."""
    refused = after((REFUSED, 7, 0), (REFUSED, 9, 3))
    assert (refused.tries, refused.kind, refused.seen, refused.at) == (2, CREATE, 9, NOW + 3 * MINUTE)
    assert (after((MISSING, 4, 0)).kind, after((UNCLEAR_READ, 4, 0)).kind) == (FIND_CONTENT, READ)
