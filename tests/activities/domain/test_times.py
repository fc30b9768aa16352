"""The arithmetic with lease, clock margin and settle time."""

from activities.domain.sync_parts import Activity, Lease
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds
from activities.domain.times import Times

TIMES = Times(deadline=40, lease=60, margin=10, settle=30)
LEASE = Lease("me", until=160.0)


def test_a_lease_is_over_a_margin_after_its_end() -> None:
    """Clocks may differ by the margin, so no lease is taken over right at its end."""
    assert TIMES.leased("me", now=100.0) == LEASE
    assert TIMES.free_from(LEASE) == 170.0


def test_a_request_starts_only_if_its_lease_outlasts_it() -> None:
    """The request's deadline may not be later than the end of the lease. Without a lease, no request starts."""
    assert TIMES.outlasts(LEASE, now=120.0)
    assert not TIMES.outlasts(LEASE, now=120.1)
    assert not TIMES.outlasts(None, now=0.0)


def test_graph_shows_a_change_after_the_settle_time_and_the_margin() -> None:
    """A lookup counts this time from the end of the lease. An activity's age counts from its creation."""
    activity = Activity("id-1", 100.0, ImmutablePart(ActivityType("selfInitiated"), OwnerIds("learner", "content")))
    assert TIMES.conclusive_from(LEASE) == 200.0
    assert TIMES.shows_from(activity) == 140.0


def test_a_mark_lapses_a_margin_before_its_message_becomes_visible() -> None:
    """Even the shortest retry has a mark for some time."""
    assert TIMES.mark_until(due=100.0) == 90.0
    assert TIMES.shortest_retry > 100.0 - TIMES.mark_until(due=100.0)
