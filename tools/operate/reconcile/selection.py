"""Selects records for the app to look at: by state, learner, course, row key, reason and age."""

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
    """A record's row key, and when it was last compared (seconds since 1970, or 0)."""

    record: str
    compared: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Which(Named):
    """The options that select records."""

    record: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="Only the record with this row key, or with a row key that begins like this. Repeatable.",
        ),
    ] = None
    state: Annotated[
        State | None,
        typer.Option(help="Only records in this state (default: settled; with --pending: held_back)."),
    ] = None
    reason: Annotated[
        Reason | None, typer.Option(metavar="REASON", help="Only records parked for this reason (with --state parked).")
    ] = None

    def conditions(self, state: State) -> Sequence[Condition]:
        """Return the queries to send to the table, one after the other.

        Raises:
            WrongUsage: the options contradict each other, or a row key isn't valid.
        """
        if self.reason is not None and state is not State.PARKED:
            raise WrongUsage("--reason needs --state parked")
        if self.record and (self.learner, self.course) != (None, None):
            raise WrongUsage("give either --record, or --learner and --course")
        # Records restored from a backup have no message on the queue either.
        condition = Condition().and_one_of(
            [Condition.equal("state", state), *([_RESTORED] if state is State.HELD_BACK else [])]
        )
        if self.reason is not None:
            condition = condition.and_one_of([Condition.equal("parked", self.reason)])
        # One query per key, because the service allows at most fifteen comparisons in a query.
        return [condition.and_one_of([Condition.of_key(key)]) for key in dict.fromkeys(self.record or ())] or [
            condition
        ]


async def select(table: TableClient, which: Which, state: State, before: float | None) -> AsyncIterator[Selected]:
    """Yield the selected records in this state that are old enough, each once.

    Args:
        table: the ledger.
        which: which records.
        state: their state.
        before: seconds since 1970, or None for any age. Settled records have to be last compared before then, or to
            have differed. Others have to be held back or waiting since before then, or if they're parked, have a
            latest event that's older.
    """
    seen, is_named = set[str](), which.matcher()
    for condition in which.conditions(state):
        async for row in table.query_entities(condition.text, parameters=condition.values, select=_COLUMNS):
            if row["RowKey"] not in seen and _is_due(row, state, before) and is_named(row):
                seen.add(row["RowKey"])
                yield Selected(row["RowKey"], float(row.get("check_at") or 0.0))


def _is_due(row: Mapping[str, Any], state: State, before: float | None) -> bool:
    if state is State.HELD_BACK and ("lease_until" in row or "retry_until" in row):
        return False  # it's already in progress
    if state is not State.SETTLED:
        since = row.get("held_back_since") or row.get("waiting_since") or row.get("latest_event") or 0.0
        return before is None or float(since) < before
    if row.get("activity_id") is None:
        return False
    return before is None or float(row.get("check_at") or 0.0) < before or bool(row.get("check_differed"))
