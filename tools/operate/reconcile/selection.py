"""Selects the records that the app is to look at, and reads what became of them."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from azure.data.tables.aio import TableClient

from activities.domain.sync_state import HELD_BACK, SETTLED
from activities.storage.keys import RECORDS

_COLUMNS = ["RowKey", "activity_id", "check_at", "check_differed"]


@dataclass(frozen=True, slots=True)
class Selected:
    """A record by its row key, and when it was compared before (seconds since 1970)."""

    record: str
    compared: float = 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """What a comparison found: the row key of the record, when it was, and what differs in Graph, joined by commas."""

    record: str
    at: float
    differs: str


async def pending(table: TableClient) -> AsyncIterator[Selected]:
    """Yield the records that are held back."""
    rows = table.query_entities(f"{RECORDS} and state eq '{HELD_BACK}'", select=_COLUMNS)
    async for row in rows:
        yield Selected(row["RowKey"])


async def settled(table: TableClient, before: float) -> AsyncIterator[Selected]:
    """Yield the settled records with an activity that was not compared with Graph since `before`, or differed then."""
    rows = table.query_entities(f"{RECORDS} and state eq '{SETTLED}'", select=_COLUMNS)
    async for row in rows:
        compared = float(row.get("check_at") or 0.0)
        if row.get("activity_id") is not None and (compared < before or row.get("check_differed")):
            yield Selected(row["RowKey"], compared)


async def results(table: TableClient, since: float) -> dict[str, Result]:
    """Return what was compared since a time, by row key."""
    columns = ["RowKey", "check_at", "check_differed"]
    rows = table.query_entities(f"{RECORDS} and check_at ge @since", parameters={"since": since}, select=columns)
    found = [Result(row["RowKey"], row["check_at"], str(row.get("check_differed") or "")) async for row in rows]
    return {result.record: result for result in found}


def now() -> float:
    """Return the present time, in seconds since 1970."""
    return time.time()
