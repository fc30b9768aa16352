"""Selects the records that the app is to look at: by state, learner, course, row key, reason and age."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from azure.data.tables.aio import TableClient

from activities.domain.outcomes import Reason
from activities.domain.record import LOST
from tools.operate.records import NAMES, Condition, Named, State
from tools.operate.troubles import WrongUsage

_COLUMNS = [
    *("RowKey", "activity_id", "check_at", "check_differed", "held_back_since", "waiting_since", "latest_event"),
    *("lease_until", "retry_until"),
    *NAMES,
]
_RESTORED = Condition.equal("attempt_conclusive_from", LOST)


@dataclass(frozen=True, slots=True)
class Selected:
    """A record by its row key, and when it was compared before (seconds since 1970)."""

    record: str
    compared: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Which(Named):
    """The options that select records."""

    record: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="Only the record with this row key, or its beginning; repeatable."),
    ] = None
    state: Annotated[
        State | None,
        typer.Option(help="Only records in this state. Without it, those that are settled, or held back (--pending)."),
    ] = None
    reason: Annotated[
        Reason | None, typer.Option(metavar="REASON", help="Only records that are parked for this reason.")
    ] = None

    def conditions(self, state: State) -> Sequence[Condition]:
        """Return what to ask the table for, one question after the other.

        Raises:
            WrongUsage: the options do not fit each other, or a row key is none.
        """
        if self.reason is not None and state is not State.PARKED:
            raise WrongUsage("--reason is for --state parked")
        if self.record and (self.learner, self.course) != (None, None):
            raise WrongUsage("give --record, or --learner and --course")
        # No message leads to what was put back out of a backup either.
        condition = Condition().and_one_of(
            [Condition.equal("state", state), *([_RESTORED] if state is State.HELD_BACK else [])]
        )
        if self.reason is not None:
            condition = condition.and_one_of([Condition.equal("parked", self.reason)])
        # One question for each, because the service takes no more than fifteen comparisons at once.
        return [condition.and_one_of([Condition.of_key(key)]) for key in dict.fromkeys(self.record or ())] or [
            condition
        ]


async def select(table: TableClient, which: Which, state: State, before: float | None) -> AsyncIterator[Selected]:
    """Yield the selected records in this state that are old enough, each once.

    Args:
        table: the ledger.
        which: which records.
        state: in which state.
        before: seconds since 1970. What is settled was not compared with Graph since then, or differed then; what is
            held back or waits has done so since before then; of what is parked, the latest event is older.
    """
    seen, is_named = set[str](), which.matcher()
    for condition in which.conditions(state):
        async for row in table.query_entities(condition.text, parameters=condition.values, select=_COLUMNS):
            if row["RowKey"] not in seen and _is_due(row, state, before) and is_named(row):
                seen.add(row["RowKey"])
                yield Selected(row["RowKey"], float(row.get("check_at") or 0.0))


def _is_due(row: Mapping[str, Any], state: State, before: float | None) -> bool:
    if state is State.HELD_BACK and ("lease_until" in row or "retry_until" in row):
        return False  # it is going already
    if state is not State.SETTLED:
        since = row.get("held_back_since") or row.get("waiting_since") or row.get("latest_event") or 0.0
        return before is None or float(since) < before
    if row.get("activity_id") is None:
        return False
    return before is None or float(row.get("check_at") or 0.0) < before or bool(row.get("check_differed"))
