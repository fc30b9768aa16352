"""The local host invokes timer functions on their schedule."""

from datetime import UTC, datetime

import pytest

from tests.tools.develop.host.hosts import Hosts
from tools.develop.host.options import SCHEDULE
from tools.develop.host.timer import Schedule
from tools.develop.host.worker import AppError

NOW = datetime(2024, 2, 28, 23, 59, 30, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("* * * * * *", "2024-02-28T23:59:31"),
        ("*/15 * * * * *", "2024-02-28T23:59:45"),
        ("30 59 23 * * *", "2024-02-29T23:59:30"),
        ("0 */5 * * * *", "2024-02-29T00:00:00"),
        ("0 0 6,18 * * *", "2024-02-29T06:00:00"),
        ("0 0 0 1 * *", "2024-03-01T00:00:00"),
        ("0 0 0 29 2 *", "2024-02-29T00:00:00"),
        ("0 0 0 28 2 *", "2025-02-28T00:00:00"),
        ("0 0 9 * * 0", "2024-03-03T09:00:00"),
        ("0 0 9 * * 1,5", "2024-03-01T09:00:00"),
        ("0 0 9 * * 1-5", "2024-02-29T09:00:00"),
        ("0 0 9 * jan Mon", "2025-01-06T09:00:00"),
        ("0 0 9 1 * 1", "2024-04-01T09:00:00"),
    ],
)
def test_next_time(expression: str, due: str) -> None:
    """A timer is due at the first second that every field allows."""
    assert Schedule.parse(expression).after(NOW) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * * *",
        "* * * * * * 2030",
        "60 * * * * *",
        "*/0 * * * * *",
        "0 0 0 30 2 *",
        "0 0 0 l * *",
        "0 0 0 * * L5",
        "0 0 0 * * sat#1",
        "@hourly",
        "00:05:00",
    ],
)
def test_other_forms_are_refused(expression: str) -> None:
    """A text that isn't an NCRONTAB expression, or one that never comes due, is an error."""
    with pytest.raises(AppError):
        Schedule.parse(expression)


async def test_a_timer_runs_on_its_schedule(hosts: Hosts) -> None:
    """A timer function is invoked whenever it's due, even after a failure."""
    await hosts(
        """
        @app.timer_trigger(arg_name="timer", schedule="%EVERY_SECOND%")
        async def tick(timer: func.TimerRequest):
            note(timer.past_due)
            raise ValueError("still due next time")
        """,
        settings={"EVERY_SECOND": "* * * * * *"},
    )
    invocations = await hosts.invocations(2)
    assert {(i.function, i.outcome, i.messageId) for i in invocations} == {("tick", "error", None)}
    assert set(hosts.noted()) == {"False"}


async def test_timers_can_have_another_schedule_here(hosts: Hosts) -> None:
    """Whoever waits for a heartbeat need not wait for the full minute."""
    await hosts(
        """
        @app.timer_trigger(arg_name="timer", schedule="0 0 0 29 2 *")
        async def yearly(timer: func.TimerRequest):
            note("ran")
        """,
        settings={SCHEDULE: "* * * * * *"},
    )
    assert {invocation.function for invocation in await hosts.invocations(2)} == {"yearly"}


async def test_a_timer_can_run_on_startup(hosts: Hosts) -> None:
    """With `run_on_startup`, a timer function is invoked at once."""
    await hosts(
        """
        @app.timer_trigger(arg_name="timer", schedule="0 0 0 29 2 *", run_on_startup=True)
        async def yearly(timer: func.TimerRequest):
            note("ran")
        """
    )
    [invocation] = await hosts.invocations(1)
    assert (invocation.function, invocation.outcome) == ("yearly", "ok")
