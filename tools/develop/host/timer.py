"""Invoke timer functions on schedule."""

import asyncio
import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from croniter import croniter
from croniter.croniter import CroniterBadDateError, CroniterError

from tools.develop.host import worker
from tools.develop.host.log import Invocation, InvocationLog, Outcome, logger
from tools.develop.host.rpc import TypedData
from tools.develop.host.waiting import is_set_within
from tools.develop.host.worker import AppError, Function

# Croniter also accepts five fields, years, `@hourly`, `L` and `#`. The Functions host refuses these.
_FIELD = r"(?:[\d*/,-]|[A-Za-z]{3})+"
_SIX_FIELDS = re.compile(rf"{_FIELD}(?:\s+{_FIELD}){{5}}")


@dataclass(frozen=True, slots=True)
class Schedule:
    """An NCRONTAB expression in UTC: second, minute, hour, day, month, day of the week (Sunday is 0).

    https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
    """

    expression: str

    @classmethod
    def parse(cls, expression: str) -> Self:
        """Read an expression.

        Raises:
            AppError: it isn't an NCRONTAB expression, or it's never due (such as 30 February).
        """
        if not _SIX_FIELDS.fullmatch(expression.strip()):
            raise AppError(f"the schedule {expression!r} isn't an NCRONTAB expression with six fields")
        schedule = cls(expression)
        schedule.after(datetime.now(UTC))
        return schedule

    def after(self, moment: datetime) -> datetime:
        """Find the first due time after a moment.

        Raises:
            AppError: there's none, or the expression has a value that its field doesn't allow.
        """
        try:
            # As in NCRONTAB, the day of the month and the day of the week both have to match.
            times = croniter(self.expression, moment.astimezone(UTC), day_or=False, second_at_beginning=True)
            return times.get_next(datetime)
        except CroniterBadDateError:
            raise AppError(f"the schedule {self.expression!r} is never due") from None
        except CroniterError as error:
            raise AppError(f"the schedule {self.expression!r} isn't valid: {error}") from None


class TimerListener:
    """Invokes one function on its schedule, one invocation at a time."""

    def __init__(self, function: Function, schedule: Schedule, log: InvocationLog) -> None:
        self._function = function
        self._schedule = schedule
        self._log = log

    async def run(self, stop: asyncio.Event) -> None:
        """Invoke the function at each due time until `stop`. A running invocation is finished first."""
        if self._function.trigger.get("runOnStartup"):
            await self._invoke(datetime.now(UTC))
        while True:
            due = self._schedule.after(datetime.now(UTC))
            if await is_set_within(stop, (due - datetime.now(UTC)).total_seconds()):
                return
            await self._invoke(due)

    async def _invoke(self, due: datetime) -> None:
        status = {"Last": due.isoformat(), "Next": self._schedule.after(due).isoformat()}
        info = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": False}
        started = time.perf_counter()
        done = await worker.invoke(self._function, TypedData(json=json.dumps(info)), {})
        ms = round((time.perf_counter() - started) * 1000, 1)
        if done.failure is not None:
            logger.error("%s failed: %s", self._function.name, done.failure)
        outcome: Outcome = "error" if done.failure is not None else "ok"
        self._log(Invocation(self._function.name, outcome, ms, logged=done.logged))
