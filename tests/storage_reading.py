"""Reads what the service has written: messages on a queue, and dead letters."""

import asyncio
from typing import Any

from azure.storage.queue.aio import QueueClient

from activities.service import Service
from activities.storage.envelope import Envelope
from activities.storage.letters import Letters


async def texts(queue: QueueClient) -> list[str]:
    """Return the texts of all visible messages, and remove them from the queue."""
    found = []
    async for message in queue.receive_messages(messages_per_page=32, visibility_timeout=60):
        found.append(message.content)
        await queue.delete_message(message)
    return found


async def dead_letters(letters: Letters) -> list[Envelope]:
    """Return all dead letters."""
    found = [await letters.read(facts.id) async for facts in letters.list()]
    return [letter for letter in found if letter is not None]


async def wait_for_retry(service: Service) -> Any:  # noqa: ANN401  the storage SDK's message
    """Wait until a retry is visible, and hide it from others for a while."""
    queue = service.storage.queue(service.settings.retry_queue)
    while True:
        async for message in queue.receive_messages(visibility_timeout=30):
            return message
        await asyncio.sleep(0.05)
