"""Reads the messages that the service put on a queue."""

from azure.storage.queue.aio import QueueClient

from activities.storage.envelope import Envelope


async def texts(queue: QueueClient) -> list[str]:
    """Return the texts of all visible messages, and remove them from the queue."""
    found = []
    async for message in queue.receive_messages(messages_per_page=32, visibility_timeout=60):
        found.append(message.content)
        await queue.delete_message(message)
    return found


async def envelopes(queue: QueueClient) -> list[Envelope]:
    """Return the envelopes of all visible messages, and remove them from the queue."""
    return [Envelope.model_validate_json(text) for text in await texts(queue)]
