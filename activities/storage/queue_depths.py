"""How full the queues are, for the workbook and the alerts: the platform's own metric is hours late."""

from collections.abc import Sequence
from datetime import UTC, datetime

from azure.core.exceptions import ResourceNotFoundError
from azure.storage.queue.aio import QueueClient

from activities import telemetry


async def publish(queues: Sequence[QueueClient]) -> dict[str, int]:
    """Publish the depth and the oldest age of each queue, and return the depths.

    A queue that does not exist counts as empty.
    """
    depths: dict[str, int] = {}
    for queue in queues:
        try:
            depth = (await queue.get_queue_properties()).approximate_message_count or 0
            oldest = await queue.peek_messages(max_messages=1)
        except ResourceNotFoundError:
            depth, oldest = 0, []
        inserted = oldest[0].inserted_on if oldest else None
        age = (datetime.now(UTC) - inserted).total_seconds() if inserted else 0.0
        telemetry.measured(str(queue.queue_name), depth, age)
        depths[str(queue.queue_name)] = depth
    return depths
