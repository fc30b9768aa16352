"""Reads what storage shows about the app right now. It changes nothing, and receives no messages."""

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
    "Storage Queue Data Reader on the queues, Storage Table Data Reader on the table activities, and Storage Blob Data "
    "Reader on the container of dead letters"
)


@dataclass(frozen=True, slots=True)
class QueueState:
    """How full a queue is.

    Attributes:
        depth: how many messages it has, hidden ones included.
        oldest: how many seconds the oldest of the first visible messages has been on the queue. Messages on the retry
            queue are hidden, so for that queue, it's how long the oldest record has been waiting.
        unreadable: how many of the first messages nobody can read.
    """

    queue: str
    depth: int
    oldest: float | None
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Status:
    """What could be read. Parts that couldn't be read are None, and `troubles` says why.

    Attributes:
        at: when it was read, in seconds since 1970.
        heartbeat: the latest one, if there is one.
        troubles: why a part couldn't be read, by the part's name.
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
        """Whose activities the app writes, or None if the heartbeat doesn't say."""
        return Mode.told_by(self.heartbeat)


async def read(account: Account) -> Status:
    """Read all parts at once. If one can't be read, the others still are.

    Raises:
        Trouble: no part could be read.
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
        # It's in the same table, and a missing row looks like a missing table there.
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
    """Return the app's queues, and the poison queues for messages that the host gave up on."""
    own = [account.events, account.retries]
    return [*own, *(account.queue(f"{queue.queue_name}-poison") for queue in own)]


async def queue_state(queue: QueueClient) -> QueueState:
    """Return how full a queue is."""
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
