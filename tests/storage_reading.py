"""Reading what the product wrote: the messages of a queue, as text."""

from azure.storage.queue.aio import QueueClient

from activities.storage.delivery import Envelope


async def texts(queue: QueueClient) -> list[str]:
    """The texts of all visible messages, removed from the queue."""
    found = []
    async for message in queue.receive_messages(messages_per_page=32, visibility_timeout=60):
        found.append(message.content)
        await queue.delete_message(message)
    return found


async def envelopes(queue: QueueClient) -> list[Envelope]:
    """The envelopes of all visible messages, removed from the queue."""
    return [Envelope.model_validate_json(text) for text in await texts(queue)]
