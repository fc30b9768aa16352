"""The current cycle, compared with an independent reading of the sentences that describe it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from activities.domain.cycle import present_cycle
from activities.domain.news import News
from tests.activities.domain.learning_events import (
    added_up,
    assigned,
    completed,
    enrolled,
    microseconds,
    news,
    progressed,
    removed,
)

# An event is a minute, what happens, and the minute when it was completed.
type Told = tuple[int, str, int]
HAPPENINGS = ("assigned", "enrolled", "removed", "over", "completed", "progressed")
TOLD: st.SearchStrategy[list[Told]] = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(HAPPENINGS), st.integers(0, 9)), max_size=9
)
_NEVER = -1


def begins(told: list[Told], minute: int) -> bool:
    """Tell whether a cycle begins in a minute, by checking each way in which one can begin."""
    now = {what for when, what, _ in told if when == minute}
    cycle = cycle_before(told, minute)
    was_completed = any(what == "completed" and cycle <= min(done, when) < minute for when, what, done in told)
    is_assigned_later = any(what in {"assigned", "enrolled"} and when > minute for when, what, _ in told)
    return (
        "over" in now
        or ("removed" in now and is_assigned_later and not was_completed)
        or ("enrolled" in now and was_completed)
    )


def cycle_before(told: list[Told], minute: int) -> int:
    """Return the minute in which the cycle that lasted until this minute began."""
    return max((one for one in range(minute) if begins(told, one)), default=_NEVER)


def as_news(one: Told) -> News:
    """Return the event that says this."""
    minute, what, done = one
    match what:
        case "assigned":
            return assigned(minute)
        case "enrolled":
            return enrolled(minute)
        case "removed":
            return removed(minute)
        case "over":
            return news("started", minute, activity="assignment", startsOver=True)
        case "completed":
            return completed(minute, stated=done)
    return progressed(minute, 10 + minute)


@settings(max_examples=500, deadline=None)
@given(TOLD)
def test_the_cycle_is_the_one_that_a_reading_of_all_events_finds(told: list[Told]) -> None:
    """Folding the kept moments gives the same as applying the sentences that describe a cycle to all events."""
    begin = cycle_before(told, 10)
    said = [as_news(one) for one in told]
    cycle = present_cycle(added_up(said))
    assert cycle.begin == microseconds(begin) if begin != _NEVER else cycle.begin < microseconds(0)
    completions = [done for when, what, done in told if what == "completed" and min(done, when) >= begin]
    first = cycle.first("completed")
    assert (first and first.shown) == (microseconds(min(completions)) if completions else None)
    latest = max((when for when, what, _ in told if what == "progressed"), default=_NEVER)
    assert cycle.value("percentage") == (10 + latest if latest >= max(begin, 0) else None)
