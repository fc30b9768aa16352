"""Has everything forgotten that there is of one learner, in an order that leaves nothing to bring it back."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from activities.domain.record import FORGOTTEN
from tools.operate.control import ask
from tools.operate.each import each
from tools.operate.privacy.search import Found, Places, Row

# The app carries a control message out at once, unless somebody works on the record or a create is unclear.
_LOOKS_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Gone:
    """What became of it.

    Attributes:
        records: how many records the app has forgotten.
        waiting: the row keys of those that it has not forgotten yet. Their messages wait on the retry queue.
        letters, bodies, people: how many have been deleted.
    """

    records: int
    waiting: tuple[str, ...]
    letters: int
    bodies: int
    people: int


async def forget(  # noqa: PLR0913  where it is, what there is, and how
    places: Places,
    retries: QueueClient,
    found: Found,
    *,
    activities: bool,
    seconds: float,
    step: Callable[[str], None] = lambda _: None,
) -> Gone:
    """Have the app forget the records, then delete the letters, the bodies and the rows of the table of people.

    The records come first: until the app has forgotten them, it may write another letter. It can be called again at
    any time.

    Args:
        places: where the learner was found.
        retries: the queue of control messages.
        found: what there is of the learner.
        activities: have the activities deleted in Graph as well.
        seconds: for how long to wait for the app.
        step: is told what is done.

    Raises:
        AzureError: storage refused.
    """
    step("records")
    for record in found.records:
        await ask(retries, "forget-activity" if activities else "forget", record)
    waiting = await _forgotten(places.ledger, set(found.records), time.monotonic() + seconds)
    step("dead letters")
    letters = await _all(list(found.letters), lambda one: places.letters.delete(one.id, one.etag))
    step("bodies")
    bodies = await _all(list(found.bodies), lambda name: _delete_blob(places, name))
    step("people")
    people = await _all(found.people, lambda row: _delete_row(places.people, row))
    return Gone(len(found.records) - len(waiting), tuple(sorted(waiting)), letters, bodies, people)


async def _forgotten(ledger: TableClient, records: set[str], until: float) -> set[str]:
    """Wait until the app has forgotten records, but no longer than until a moment. Return those that are left."""
    while records:
        left = [record for record in records if not await _is_forgotten(ledger, record)]
        records = set(left)
        if not records or time.monotonic() >= until:
            break
        await asyncio.sleep(_LOOKS_EVERY)
    return records


async def _is_forgotten(ledger: TableClient, record: str) -> bool:
    """Whether a row says nothing of the learner any more. It names the enrolment until the letter is deleted."""
    try:
        row = await ledger.get_entity(record[:2], record, select=["state", "enrollment_id"])
    except ResourceNotFoundError:
        return True
    return row.get("state") == FORGOTTEN and "enrollment_id" not in row


async def _all[Item](items: Sequence[Item], act: Callable[[Item], Awaitable[bool]]) -> int:
    """Delete items, and return how many were there."""
    there = 0

    async def one(item: Item) -> None:
        nonlocal there
        there += await act(item)

    for _, error in await each(items, one):
        if error is not None:
            raise error
    return there


async def _delete_blob(places: Places, name: str) -> bool:
    try:
        await places.bodies.delete_blob(name)
    except ResourceNotFoundError:
        # Its message has been handled meanwhile.
        return False
    return True


async def _delete_row(people: TableClient, row: Row) -> bool:
    await people.delete_entity(row["PartitionKey"], row["RowKey"])
    return True
