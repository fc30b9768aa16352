"""How full the queues are, for the workbook and the alerts. The platform's own metric is hours late."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from activities import telemetry
from activities.storage.faults import detail_of
from activities.storage.readable import UnreadableMessage, refuse_unreadable

# The most that storage shows at once. A message that nobody can read is noticed only if it's among these.
_LOOKED_AT = 32


@dataclass(slots=True)
class Depths:
    """How many messages each queue has, as far as is known, and which queues can't be read."""

    messages: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


async def publish(queues: Sequence[QueueClient]) -> Depths:
    """Publish the depth and the oldest age of each queue, and return the depths.

    A queue that doesn't exist counts as empty. If one can't be read, the others are still counted.
    """
    depths = Depths()
    for queue in queues:
        name = str(queue.queue_name)
        try:
            depths.messages[name] = (await queue.get_queue_properties()).approximate_message_count or 0
            first = await queue.peek_messages(max_messages=_LOOKED_AT, raw_response_hook=refuse_unreadable)
        except ResourceNotFoundError:
            depths.messages[name], first = 0, []
        except Exception as error:  # noqa: BLE001  whatever is wrong with one queue, the others are counted
            detail = _detail(error)
            depths.unreadable.append(name)
            telemetry.unreadable(name, depths.messages.get(name), detail)
            continue
        telemetry.measured(name, depths.messages[name], _age(first))
    return depths


def _detail(error: Exception) -> str:
    """Say what's wrong with a queue, without quoting any message."""
    if isinstance(error, AzureError):
        return detail_of(error)
    return str(error) if isinstance(error, UnreadableMessage) else type(error).__name__


def _age(first: Sequence[QueueMessage]) -> float:
    """Return how many seconds ago the first message was put on its queue."""
    inserted = first[0].inserted_on if first else None
    return (datetime.now(UTC) - inserted).total_seconds() if inserted else 0.0
