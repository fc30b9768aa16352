"""How much of a quota processes use together: a part of `python -m tests.simulation.quota`."""

import pytest

from tests.simulation.quota import LEAST_USED, MOST_REFUSED, Quota, measure

SECONDS = 240.0


@pytest.mark.parametrize("processes", [1, 8])
def test_a_quota_of_a_second_is_used_and_not_exceeded(processes: int) -> None:
    """Clocks are up to five seconds off, but the quota applies to every single second."""
    figures = measure(Quota(10, 1), processes, least=SECONDS)
    assert figures.used >= LEAST_USED["seconds"]
    assert figures.refused <= MOST_REFUSED["seconds"]


@pytest.mark.parametrize(("requests", "seconds"), [(100, 10), (500, 600)])
def test_longer_windows_are_found_too(requests: int, seconds: int) -> None:
    """Nothing tells the app how long the quota's window is."""
    figures = measure(Quota(requests, seconds), 2, windows=2, least=SECONDS)
    assert figures.used >= LEAST_USED["seconds"]
    assert figures.refused <= MOST_REFUSED["seconds"]


@pytest.mark.parametrize("form", ["words", "neither"])
def test_without_seconds_few_requests_are_refused(form: str) -> None:
    """The app waits longer than it has to, so it uses less of the quota."""
    figures = measure(Quota(100, 10, form), 4, least=SECONDS)
    assert figures.refused <= MOST_REFUSED[form]
    assert figures.used > 0.1
