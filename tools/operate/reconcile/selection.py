"""Selects the records that the app is to look at, and reads what became of them."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from azure.data.tables.aio import TableClient

from activities.domain.record import LOST
from activities.domain.sync_state import HELD_BACK, SETTLED
from activities.storage.keys import RECORDS

_COLUMNS = ["RowKey", "held_back_step", "activity_id", "check_at", "check_differed", "lease_until", "retry_until"]
# Held back in shadow, or put back out of a backup.
_PENDING = f"{RECORDS} and (attempt_conclusive_from eq @lost or state eq '{HELD_BACK}')"


@dataclass(frozen=True, slots=True)
class Selected:
    """A record by its row key, when it was compared before (seconds since 1970), and whether it waits for a rebind."""

    record: str
    compared: float = 0.0
    rebinds: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a comparison found: the row key of the record, when it was, and what differs in Graph, joined by commas."""

    record: str
    at: float
    differs: str


async def pending(table: TableClient) -> AsyncIterator[Selected]:
    """Yield the records that no message leads to, because they are held back or were put back out of a backup."""
    async for row in table.query_entities(_PENDING, parameters={"lost": LOST}, select=_COLUMNS):
        if "lease_until" in row or "retry_until" in row:
            continue
        yield Selected(row["RowKey"], rebinds=row.get("held_back_step") == "rebind")


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
