"""What the local stack's page shows of the app: its dead letters, and the records that are waiting for a retry."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from azure.data.tables.aio import TableClient

from activities.domain.record import FORGOTTEN, ActivityRecord
from activities.domain.shared_state import GraphState
from activities.domain.sync_state import HELD_BACK, SETTLED
from activities.storage.keys import RECORDS
from activities.storage.letters import LetterFacts, Letters
from activities.storage.rows import record_of
from activities.storage.shared import SharedState
from tools.operate.account import Account
from tools.operate.activity.explain import why
from tools.operate.activity.finding import key_of

_UNSETTLED = f"{RECORDS} and state ne '{SETTLED}' and state ne '{FORGOTTEN}'"
_PARKED = "parked"
# How many of each are shown: the latest dead letters and the next retries.
_SHOWN = 50


async def waiting(account: Account, names: Mapping[str, str]) -> Mapping[str, Any]:
    """Return `letters` and `retries`, and how many there are of each.

    Args:
        account: the app's storage account.
        names: the app settings that name the container and the table.

    Raises:
        AzureError: storage can't be read.
    """
    table, container = account.table(names["ACTIVITIES_TABLE"]), account.container(names["DEAD_LETTER_CONTAINER"])
    records = {key_of(record): record async for record in _unsettled(table)}
    letters = sorted([one async for one in Letters(container).list()], key=lambda one: one.last_seen, reverse=True)
    graph = await SharedState(table).known()
    retries = [one for record in records.values() if (one := _retry(record, graph)) is not None]
    return {
        "letter_count": len(letters),
        "letters": [_letter(one, records.get(one.record or "")) for one in letters[:_SHOWN]],
        "retry_count": len(retries),
        "retries": sorted(retries, key=lambda one: one["due"] or 0)[:_SHOWN],
    }


async def _unsettled(table: TableClient) -> AsyncIterator[ActivityRecord]:
    async for row in table.query_entities(_UNSETTLED):
        yield record_of(row)


def _retry(record: ActivityRecord, graph: GraphState) -> dict[str, Any] | None:
    """Describe a record that's waiting for a retry, or held back until an operator acts; None for any other."""
    retry, reason = record.sync.retry, why(record, graph, time.time())
    if reason is None or record.state == _PARKED or (retry is None and record.state != HELD_BACK):
        return None
    due = None if retry is None else retry.until
    return {"record": key_of(record), "enrolment": record.enrollment_id, "due": due, "why": reason[1]}


def _letter(letter: LetterFacts, record: ActivityRecord | None) -> dict[str, Any]:
    return {
        "id": letter.id,
        "enrolment": None if record is None else record.enrollment_id,
        "reason": letter.reason,
        "detail": letter.detail,
        "attempt": letter.attempt,
        "last_seen": letter.last_seen.timestamp(),
    }
