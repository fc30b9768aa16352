"""Has the app compare a learner's activities with Graph, so an export says what Graph has. Nothing is changed."""

import asyncio
import time

from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from activities.domain.sync_state import SETTLED
from tools.operate.control import ask
from tools.operate.pauses import pauses
from tools.operate.privacy.search import Found, Places

_LOOKS_EVERY = 1.0


async def compared(places: Places, retries: QueueClient, found: Found, seconds: float) -> int:
    """Have each activity compared with Graph, and read its row again once the app has stored the result.

    An activity can't be compared if its record isn't settled.

    Returns:
        The number of activities that weren't compared within `seconds`, or couldn't be.

    Raises:
        AzureError: storage refused.
    """
    activities = {key: row for key, row in found.records.items() if "activity_id" in row}
    before = {key: row.get("check_at") for key, row in activities.items() if row["state"] == SETTLED}
    unsettled = len(activities) - len(before)
    for record in before:
        await ask(retries, "compare", record)
    until, pause = time.monotonic() + seconds, pauses(_LOOKS_EVERY)
    while True:
        for record in [*before]:
            row = await _row(places.ledger, record)
            if row.get("check_at") not in (None, before[record]):
                found.records[record] = row
                del before[record]
        if not before or time.monotonic() >= until:
            return unsettled + len(before)
        await asyncio.sleep(next(pause))


async def _row(ledger: TableClient, record: str) -> dict[str, object]:
    return dict(await ledger.get_entity(record[:2], record))
