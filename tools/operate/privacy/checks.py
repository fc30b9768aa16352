"""Has the app compare a learner's activities with Graph, so that an export says what Graph has."""

import asyncio
import time

from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from tools.operate.control import ask
from tools.operate.privacy.search import Found, Places

_LOOKS_EVERY = 1.0


async def checked(places: Places, retries: QueueClient, found: Found, seconds: float) -> int:
    """Send a check for each record that has an activity, and read the rows again once the app has noted the result.

    Returns:
        How many records have not been compared in so many seconds.

    Raises:
        AzureError: storage refused.
    """
    before = {key: row.get("check_at") for key, row in found.records.items() if "activity_id" in row}
    for record in before:
        await ask(retries, "check", record)
    until = time.monotonic() + seconds
    while True:
        for record in [*before]:
            row = await _row(places.ledger, record)
            if row.get("check_at") not in (None, before[record]):
                found.records[record] = row
                del before[record]
        if not before or time.monotonic() >= until:
            return len(before)
        await asyncio.sleep(_LOOKS_EVERY)


async def _row(ledger: TableClient, record: str) -> dict[str, object]:
    return dict(await ledger.get_entity(record[:2], record))
