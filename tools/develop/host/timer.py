"""Runs timer functions on their schedule."""

import asyncio
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from tools.develop.host import worker
from tools.develop.host.lease import happens
from tools.develop.host.log import Invocation, InvocationLog, logger
from tools.develop.host.messages import TypedData
from tools.develop.host.worker import AppError, Function

FIELDS = {"second": (0, 59), "minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 6)}
DAYS_SEARCHED = 366 * 8  # 29 February may be eight years away


@dataclass(frozen=True, slots=True)
class Schedule:
    """An NCRONTAB expression of six fields, in UTC: `*`, `*/n`, numbers, and lists of numbers; Sunday is 0.

    https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
    """

    allowed: dict[str, frozenset[int]]

    @classmethod
    def parse(cls, expression: str) -> Self:
        """Read an expression.

        Raises:
            AppError: not one, a form that this host does not know, or never due (30 February).
        """
        texts = expression.split()
        try:
            fields = [_field(text, *span) for text, span in zip(texts, FIELDS.values(), strict=True)]
        except ValueError:
            raise AppError(f"schedule {expression!r} is not six fields of *, */n, numbers or lists") from None
        schedule = cls(dict(zip(FIELDS, fields, strict=True)))
        schedule.after(datetime.now(UTC))
        return schedule

    def after(self, moment: datetime) -> datetime:
        """Find the first time after a moment.

        Raises:
            AppError: there is none (30 February).
        """
        moment = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        end = moment + timedelta(days=DAYS_SEARCHED)
        while moment < end:
            if not self._on(moment):
                moment = moment.replace(hour=0, minute=0, second=0) + timedelta(days=1)
            elif moment.hour not in self.allowed["hour"]:
                moment = moment.replace(minute=0, second=0) + timedelta(hours=1)
            elif moment.minute not in self.allowed["minute"]:
                moment = moment.replace(second=0) + timedelta(minutes=1)
            elif moment.second not in self.allowed["second"]:
                moment += timedelta(seconds=1)
            else:
                return moment
        raise AppError("the schedule of a timer never comes due")

    def _on(self, day: datetime) -> bool:
        return (
            day.month in self.allowed["month"]
            and day.day in self.allowed["day"]
            and day.isoweekday() % 7 in self.allowed["weekday"]
        )


class Timer:
    """Runs one function on its schedule, never twice at a time."""

    def __init__(self, function: Function, schedule: Schedule, record: InvocationLog) -> None:
        self._function = function
        self._schedule = schedule
        self._record = record

    async def run(self, stop: asyncio.Event) -> None:
        """Run at each due time until `stop`, which an invocation under way outlasts."""
        if self._function.trigger.get("runOnStartup"):
            await self._fire(datetime.now(UTC))
        while True:
            due = self._schedule.after(datetime.now(UTC))
            if await happens(stop, within=(due - datetime.now(UTC)).total_seconds()):
                return
            await self._fire(due)

    async def _fire(self, due: datetime) -> None:
        status = {"Last": due.isoformat(), "Next": self._schedule.after(due).isoformat()}
        info = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": False}
        started = time.perf_counter()
        failure = await worker.invoke(self._function, TypedData(json=json.dumps(info)), {})
        ms = round((time.perf_counter() - started) * 1000, 1)
        if failure is not None:
            logger.error("%s failed: %s", self._function.name, failure)
        self._record(Invocation(self._function.name, "error" if failure is not None else "ok", ms))


def _field(text: str, lowest: int, highest: int) -> frozenset[int]:
    if text.startswith("*"):
        step = int(text.removeprefix("*/")) if text != "*" else 1
        return frozenset(range(lowest, highest + 1, step))
    numbers = frozenset(int(number) for number in text.split(","))
    if not all(lowest <= number <= highest for number in numbers):
        raise ValueError
    return numbers
