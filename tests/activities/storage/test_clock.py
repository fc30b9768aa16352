"""The time used for leases: storage's time, whatever the machine's clock says."""

import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import pytest

from activities.settings import Settings
from activities.storage.account import StorageAccount
from activities.storage.clock import StorageClock
from activities.storage.ledger import Ledger

NOW = 1_780_000_000.0
MINUTE = 60.0


@dataclass
class Steady:
    """A clock that a test can set."""

    now: float = 1_000.0

    def __call__(self) -> float:
        """Return the current time."""
        return self.now


@dataclass
class Exchange:
    """A request and its response, as the storage SDK passes them to its hooks."""

    date: float
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def http_response(self) -> "Exchange":
        """Return the response itself."""
        return self

    @property
    def headers(self) -> dict[str, str]:
        """Return its headers."""
        return {"Date": formatdate(self.date, usegmt=True)}


def told(wall: float, date: float, took: float, *, heard: bool = False) -> float:
    """Return how far a clock is ahead of `NOW`, after a response that says `date` arrived `took` seconds late.

    If it has `heard` before, that response arrived at once and agreed with the clock.
    """
    steady = Steady()
    clock = StorageClock(lambda: NOW + wall - took, steady)
    if heard:
        agrees = Exchange(clock())
        clock.ask(agrees)
        clock.hear(agrees)
    exchange = Exchange(NOW + date)
    clock.ask(exchange)
    steady.now += took
    clock.hear(exchange)
    return clock() - NOW


@pytest.mark.parametrize("wrong", [MINUTE, -MINUTE, 3600.0, -3600.0])
def test_a_wrong_clock_is_set_by_storage(wrong: float) -> None:
    """A machine whose clock is wrong by a minute or an hour uses storage's time."""
    assert abs(told(wall=wrong, date=0.0, took=0.1)) < 2.0


def test_a_late_response_does_not_set_the_clock_back() -> None:
    """A process that was frozen before it read a response must not mistake its expired lease for a live one."""
    assert told(wall=0.0, date=-300.0, took=300.0, heard=True) == 0.0


@pytest.mark.parametrize("took", [0.1, 20.0, 300.0])
def test_the_first_response_sets_a_clock_back_however_late_it_comes(took: float) -> None:
    """A process that has just started, with a clock far ahead, must not mistake a live lease for an expired one."""
    assert told(wall=2_000.0, date=-took, took=took) == pytest.approx(-took, abs=1.0)


def test_a_late_response_sets_a_clock_forward_that_is_behind() -> None:
    """The time is at least what a response says, however late it arrives."""
    assert told(wall=-3600.0, date=-100.0, took=100.0) == pytest.approx(-100.0, abs=1.0)


def test_a_clock_that_is_right_stays() -> None:
    """A header gives only whole seconds, which don't move a clock back and forth."""
    assert told(wall=0.3, date=-0.9, took=0.1) == pytest.approx(0.3)


@pytest.mark.parametrize("headers", [{}, {"Date": "yesterday"}])
def test_a_response_without_a_time_is_ignored(headers: dict[str, str]) -> None:
    """A time that can't be read changes nothing."""
    steady = Steady()
    clock = StorageClock(lambda: NOW, steady)

    class Timeless(Exchange):
        @property
        def headers(self) -> dict[str, str]:
            return headers

    clock.hear(Timeless(NOW))
    assert clock() == NOW


def test_a_leap_of_the_machine_does_not_matter() -> None:
    """Once the process runs, the machine's clock isn't looked at again, even if it leaps."""
    wall = iter([NOW, NOW + MINUTE])
    clock = StorageClock(lambda: next(wall), Steady())
    next(wall)
    assert clock() == NOW


async def test_the_first_row_that_is_read_sets_the_clock(settings: Settings) -> None:
    """Before anything is decided about a record, its row has been read from the real service."""
    clock = StorageClock(lambda: time.time() - 3600)
    storage = StorageAccount(settings, clock)
    await Ledger(storage.table(settings.activities_table)).load("enrolment-1")
    await storage.close()
    assert abs(clock() - time.time()) < 3.0
