"""Reads what storage shows of the app at this moment. Nothing is changed, and nothing is received."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from azure.core.exceptions import AzureError
from azure.storage.queue.aio import QueueClient

from activities.domain.shared_state import GraphState
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters
from activities.storage.shared import SharedState
from tools.operate.account import Account
from tools.operate.queues.raw import NoMessages, RawQueue
from tools.operate.status.mode import Mode
from tools.operate.troubles import NotReachable, Trouble, trouble_of

NEEDS = (
    "Storage Queue Data Reader on the queues, Storage Table Data Reader on the table of activities and Storage Blob "
    "Data Reader on the container of dead letters"
)


@dataclass(frozen=True, slots=True)
class QueueState:
    """How full a queue is.

    Attributes:
        depth: how many messages it has, hidden ones included.
        oldest: for how many seconds the first visible message has been on the queue. What waits on the retry queue is
            hidden, so there it is for how long the oldest record has waited.
        unreadable: how many of the first messages nobody can read.
    """

    queue: str
    depth: int
    oldest: float | None
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """What could be read; None for what could not be, and why not, by the name of the part.

    Attributes:
        at: when it was read, in seconds since 1970.
        heartbeat: the latest one, if there is any.
    """

    at: float
    queues: Sequence[QueueState]
    records: Counter[str] | None
    oldest_waits: float | None
    letters: Counter[str] | None
    graph: GraphState | None
    heartbeat: Mapping[str, object] | None
    troubles: dict[str, Trouble]

    @property
    def mode(self) -> Mode | None:
        """Whose activities the app writes, as far as it has told."""
        return Mode.told_by(self.heartbeat)


async def read(account: Account) -> Status:
    """Read everything at once. A part that cannot be read costs the others nothing.

    Raises:
        Trouble: no part can be read.
    """
    troubles: dict[str, Trouble] = {}
    queues, waiting, letters, shared = await asyncio.gather(
        asyncio.gather(*(_part(str(one.queue_name), queue_state(one), troubles) for one in queues_of(account))),
        _part("records", Ledger(account.activities).waiting(), troubles),
        _part("dead letters", Letters(account.letters).count(), troubles),
        _part("graph", _shared(SharedState(account.activities)), troubles),
    )
    graph, heartbeat = (None, None) if shared is None else shared
    if "records" in troubles:
        # The same table: a missing row and a missing table look alike there.
        graph = None
    if not any(part is not None for part in (*queues, waiting, letters, graph)):
        raise next(iter(troubles.values()))
    now = datetime.now(UTC).timestamp()
    records, since = (None, None) if waiting is None else (waiting.states, waiting.oldest)
    oldest = None if since is None else max(0.0, now - since)
    found = [one for one in queues if one is not None]
    retries = account.retries.queue_name
    found = [replace(one, oldest=oldest) if one.queue == retries and one.depth else one for one in found]
    return Status(now, found, records, oldest, letters, graph, heartbeat, troubles)


def queues_of(account: Account) -> list[QueueClient]:
    """The queues of the app, with those of the messages that the host gave up on."""
    own = [account.events, account.retries]
    return [*own, *(account.queue(f"{queue.queue_name}-poison") for queue in own)]


async def queue_state(queue: QueueClient) -> QueueState:
    """Look at a queue."""
    raw = RawQueue(queue)
    depth, first = await raw.count(), await raw.look()
    inserted = [message.inserted for message in first if message.inserted is not None]
    oldest = (datetime.now(UTC) - min(inserted)).total_seconds() if inserted else None
    unreadable = sum(not message.readable for message in first)
    return QueueState(raw.name, depth, None if oldest is None else max(0.0, oldest), unreadable)


async def _shared(shared: SharedState) -> tuple[GraphState, Mapping[str, object] | None]:
    return await shared.known(), await shared.heartbeat()


async def _part[Result](name: str, work: Awaitable[Result], troubles: dict[str, Trouble]) -> Result | None:
    try:
        return await work
    except AzureError as error:
        troubles[name] = trouble_of(error, NEEDS)
    except NoMessages as error:
        troubles[name] = NotReachable(str(error.__doc__))
    return None
