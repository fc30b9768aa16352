"""Forgets everything about one learner, in an order in which nothing that's left can bring it back."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from activities.domain.record import row_key
from activities.storage.ledger import Ledger
from tools.operate.control import ask
from tools.operate.each import each
from tools.operate.pauses import pauses
from tools.operate.privacy.search import Found, Places, Row

# The app carries out a control message at once, unless another invocation is working on the record or a create is
# unclear.
_LOOKS_EVERY = 2.0


@dataclass(frozen=True, slots=True)
class Gone:
    """What was forgotten, and what wasn't yet.

    Attributes:
        records: how many records the app has forgotten.
        activities: how many activities of records that were forgotten before have been deleted.
        waiting: the row keys of the records that aren't done yet. Their messages are on the retry queue.
        in_shadow: the row keys of the records that are held back, because their activities may not be written now.
        letters, bodies, people: how many were deleted.
    """

    records: int
    activities: int
    waiting: tuple[str, ...]
    in_shadow: tuple[str, ...]
    letters: int
    bodies: int
    people: int


async def forget(  # noqa: PLR0913  all are needed
    places: Places,
    retries: QueueClient,
    found: Found,
    *,
    activities: bool,
    enrolments: Sequence[str] = (),
    seconds: float,
    step: Callable[[str], None] = lambda _: None,
) -> Gone:
    """Have the app forget the records, then delete the letters, the bodies and the rows in the table of people.

    The records come first, because until the app has forgotten them, it may write more letters. Calling this again is
    always safe.

    Args:
        places: where the learner was found.
        retries: the queue of control messages.
        found: what's kept about the learner.
        activities: also have the activities deleted in Graph.
        enrolments: enrolments that were forgotten before, and whose activities are to be deleted now.
        seconds: how long to wait for the app.
        step: called with the name of each step.

    Raises:
        AzureError: storage refused.
    """
    step("records")
    asked = dict.fromkeys(found.records) | {row_key(one): one for one in enrolments}
    for record, enrolment in asked.items():
        await ask(retries, "forget-activity" if activities else "forget", record, enrolment)
    left = await _done(
        Ledger(places.ledger), set(asked), {row_key(one) for one in enrolments}, time.monotonic() + seconds
    )
    step("dead letters")
    letters = await _all(list(found.letters), lambda one: places.letters.delete(one.id, one.etag))
    step("bodies")
    bodies = await _all(list(found.bodies), lambda name: _delete_blob(places, name))
    step("people")
    people = await _all(found.people, lambda row: _delete_row(places.people, row))
    undone = {record for record, why in left.items() if why is not _Left.IN_SHADOW}
    return Gone(
        records=len(found.records.keys() - left.keys()),
        activities=len(enrolments) - len(left.keys() - found.records.keys()),
        waiting=tuple(sorted(undone)),
        in_shadow=tuple(sorted(left.keys() - undone)),
        letters=letters,
        bodies=bodies,
        people=people,
    )


class _Left(Enum):
    """Why a record isn't done."""

    WAITS = "its message is waiting"
    IN_SHADOW = "it is held back"


async def _done(ledger: Ledger, records: set[str], tombstones: set[str], until: float) -> dict[str, _Left]:
    """Wait until the app has done what it was asked, or until the time `until`. Return the records that are left."""
    left: dict[str, _Left] = {}
    pause = pauses(_LOOKS_EVERY)
    while True:
        looked = {one: await _left(ledger, one, whole=one in tombstones) for one in records if one not in left}
        left |= {record: why for record, why in looked.items() if why is _Left.IN_SHADOW}
        records = {record for record, why in looked.items() if why is _Left.WAITS}
        if not records or time.monotonic() >= until:
            return left | dict.fromkeys(records, _Left.WAITS)
        await asyncio.sleep(next(pause))


async def _left(ledger: Ledger, key: str, *, whole: bool) -> _Left | None:
    """Return why a record still says something about the learner, or None if it doesn't or is gone.

    Until the record's letter is deleted, its row names the enrolment. With `whole`, its activity has to be gone too.
    """
    record = await ledger.find(key)
    if record is None:
        return None
    held = record.sync.held_back
    if held is not None and held.step in ("forget", "forget-activity"):
        return _Left.IN_SHADOW
    is_done = record.is_tombstone and not record.sync.sweep and not (whole and record.sync.left)
    return None if is_done else _Left.WAITS


async def _all[Item](items: Sequence[Item], act: Callable[[Item], Awaitable[bool]]) -> int:
    """Delete items, and return how many of them still existed."""
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
        # Its message has been handled in the meantime.
        return False
    return True


async def _delete_row(people: TableClient, row: Row) -> bool:
    await people.delete_entity(row["PartitionKey"], row["RowKey"])
    return True
