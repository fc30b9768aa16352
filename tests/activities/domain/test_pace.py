"""The pace that all processes keep together after throttling."""

from dataclasses import replace

import pytest

from activities.domain.pace import CUT, LATEST_TURN, LEAD, Burst, Pace, Refusal, Wanted, begun

NOW = 1000.0
PACE = Pace(failed=10.0, since=NOW, period=100.0)


@pytest.mark.parametrize(
    ("burst", "opens", "rate"),
    [
        (Burst(NOW - 0.1, 10), 1.0, 10 / 1.1),
        (Burst(NOW - 20, 500), 580.0, 500 / 600),
        (Burst(NOW - 1, 0), 2.0, 1 / 3),
        (Burst(NOW - 1e9, 1), 1.0, 0.25),
        (Burst(), 4.0, 1 / 4),
    ],
    ids=["10 in 1 s", "500 in 600 s", "nothing was accepted", "a burst that has lasted for years", "no burst"],
)
def test_the_first_estimate(burst: Burst, opens: float, rate: float) -> None:
    """The rate is what Graph accepted, divided by the time until it opens again. The pace begins a little lower."""
    pace = begun(burst, Refusal(NOW, NOW + opens, paced=False))
    assert pace.failed == pytest.approx(rate)
    assert pace.rate(NOW + opens) == pytest.approx(max(rate * (1 - CUT), 0.25))


def test_the_bursts_of_all_processes_make_the_estimate() -> None:
    """Requests that others had sent by then count too, but not those sent afterwards."""
    pace = begun(Burst(NOW - 1, 4), Refusal(NOW, NOW + 1, paced=False)).with_burst(Burst(NOW - 3, 12))
    assert pace.failed == pytest.approx(16 / 4)
    assert pace.with_burst(Burst(NOW + 2, 50)) == pace
    assert PACE.with_burst(Burst(NOW - 3, 12)) == PACE


def test_the_rate_returns_to_what_failed_and_then_goes_beyond() -> None:
    """The pace stays near the rate that failed for a long time, so failures are rare."""
    rates = [PACE.rate(NOW + seconds) for seconds in (0, 50, 100, 150, 200, 400)]
    assert rates == pytest.approx([9.7, 9.9625, 10, 10.0375, 10.3, 18.1])
    assert [PACE.is_over(NOW + seconds) for seconds in (0, 700, 800)] == [False, False, True]


@pytest.mark.parametrize(("closed", "period"), [(1.0, 100.0), (5.0, 500.0), (60.0, 900.0), (0.01, 4.0)])
def test_the_longer_graph_closes_the_more_seldom_a_higher_rate_is_tried(closed: float, period: float) -> None:
    """A failed paced request costs the time for which Graph closes. It's risked once in a hundred times that long."""
    sent = NOW + 100
    failed = PACE.refused(Refusal(sent, sent + closed, paced=True))
    assert (failed.failed, failed.since, failed.period, failed.cut) == pytest.approx((10, sent + closed, period, CUT))


def test_a_rate_that_fails_soon_is_cut_deeper() -> None:
    """The first failure lowers the rate by 3 %, and each one that follows at once by twice as much, up to half."""
    pace, now = PACE, NOW + 100
    cuts = []
    for _ in range(6):
        pace, now = pace.refused(Refusal(now, now + 1, paced=True)), now + 1.5
        cuts.append(pace.cut)
    assert cuts == [0.03, 0.06, 0.12, 0.24, 0.48, 0.5]


def test_without_a_time_graph_is_closed_for_longer_each_time() -> None:
    """The wait doubles if the rate soon fails again. Requests that were under way together wait like the first."""
    pace, now = PACE, NOW + 100
    waits = list[float]()
    for _ in range(6):
        waits.append(pace.unnamed_wait(now))
        opens = now + waits[-1]
        pace = pace.refused(Refusal(now, opens, paced=True))
        assert pace.unnamed_wait(now + 0.1) == waits[-1]
        now = opens + 1
    assert waits == pytest.approx([10, 20, 40, 80, 160, 500 / 3])


def test_while_a_pace_is_young_it_rises_soon() -> None:
    """Processes that don't know the pace yet distort the first estimates, and that mustn't last."""
    pace = begun(Burst(NOW - 1, 10), Refusal(NOW, NOW + 1, paced=False))
    at_once = pace.refused(Refusal(NOW + 1.5, NOW + 2.5, paced=True))
    later = at_once.refused(Refusal(NOW + 22, NOW + 23, paced=True))
    assert [one.period for one in (pace, at_once, later)] == [4, 4, 100]


def test_requests_that_were_under_way_together_fail_once() -> None:
    """Failures of requests sent before Graph opened again add nothing to the first one, except when Graph opens."""
    sent = NOW + 100
    once = PACE.refused(Refusal(sent, sent + 1, paced=True))
    assert once.refused(Refusal(sent + 0.5, sent + 1.5, paced=True)) == replace(once, since=sent + 1.5)
    estimate = begun(Burst(NOW - 1, 10), Refusal(NOW, NOW + 1, paced=False))
    assert estimate.refused(Refusal(NOW, NOW + 4, paced=False)).failed == pytest.approx(2)


def test_a_request_that_kept_no_pace_says_nothing_about_it() -> None:
    """If a process didn't know the pace yet, its failure is no evidence against the pace."""
    assert PACE.refused(Refusal(NOW + 50, NOW + 51, paced=False)) == PACE


def test_slots_have_equal_distances_whoever_takes_them() -> None:
    """A call takes one slot per request, and the next reservation continues where this one ended."""
    first, grants = PACE.reserve([Wanted(), Wanted(2)], NOW, 0.0)
    then, more = first.reserve([Wanted()], NOW, 0.0)
    slots = [slot for grant in (*grants, *more) if isinstance(grant, tuple) for slot in grant]
    assert slots == pytest.approx([NOW + LEAD + number / 9.7 for number in range(4)])
    assert (first.given, then.given) == (3, 4)
    later = then.reserve([Wanted()], NOW + 60, 0.0)[1]
    assert later == [(NOW + 60 + LEAD,)]


def test_a_process_alone_takes_its_share() -> None:
    """Without the row, slots are spaced for this process's share of the rate."""
    (_, grants), distance = PACE.reserve([Wanted(), Wanted()], NOW, 0.0, share=0.5), 2 / 9.7
    assert grants == [(NOW + LEAD,), (pytest.approx(NOW + LEAD + distance),)]


def test_who_finds_no_slot_soon_has_a_turn() -> None:
    """Turns come more often than slots. A process reserves at most about a second's worth."""
    pace, grants = PACE.reserve([Wanted()] * 100, NOW, 0.0)
    slots = [grant for grant in grants if isinstance(grant, tuple)]
    turns = [grant for grant in grants if isinstance(grant, float)]
    assert 9 <= len(slots) <= 14
    assert len(slots) + len(turns) == 100
    distance = turns[1] - turns[0]
    assert distance == pytest.approx(1 / 10 / 1.5)
    assert turns == pytest.approx([turns[0] + number * distance for number in range(len(turns))])
    last = pace.reserve([Wanted()] * 20, NOW, 0.0)[1][-1]
    assert isinstance(last, float)
    assert last > turns[-1]


def test_an_invocation_that_goes_on_has_its_slots_in_any_case() -> None:
    """Otherwise its first request would have been wasted."""
    pace, _ = PACE.reserve([Wanted()] * 100, NOW, 0.0)
    first, second = pace.reserve([Wanted(), Wanted(goes_on=True)], NOW, 0.0)[1]
    assert isinstance(first, float)
    assert second == (pytest.approx(pace.next_slot),)


def test_a_rate_that_has_risen_is_used_at_once() -> None:
    """A slot that was given at a slower rate doesn't hold anybody up for long."""
    slow = replace(PACE, failed=0.25, next_slot=NOW + 60)
    fast, _ = replace(slow, failed=10.0).reserve([Wanted()], NOW, 0.0)
    assert fast.next_slot < NOW + 11


def test_no_turn_is_too_late_for_a_correction() -> None:
    """However many are waiting, each asks again within 15 minutes, in turn."""
    pace, turns = replace(PACE, failed=0.3), list[float]()
    for _ in range(500):
        pace, grants = pace.reserve([Wanted()], NOW, 0.0)
        turns += [grant for grant in grants if isinstance(grant, float)]
    assert max(turns) <= NOW + LATEST_TURN < NOW + 450 / 0.45
    assert min(turns[200:]) < NOW + 60


def test_while_graph_is_closed_nobody_has_a_slot_before_it_opens() -> None:
    """A call waits for up to a second. If Graph is closed for longer, each call gets a turn afterwards."""
    assert PACE.reserve([Wanted()], NOW, NOW + 1)[1] == [(NOW + 1,)]
    _, grants = PACE.reserve([Wanted(), Wanted()], NOW, NOW + 60)
    assert grants == [NOW + 60, pytest.approx(NOW + 60 + 1 / 10 / 1.5)]
