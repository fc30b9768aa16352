"""Publishes learning events to LMS Activity Sync. It reads one JSON object per line from standard input.

In Azure, set LMS_EVENTS_ACCOUNT to the name of the storage account, and give the program an identity with the
publisher's role. On your machine, set LMS_EVENTS_CONNECTION_STRING to the local stack's connection string.
"""

import json
import os
import sys
from typing import Any

from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueClient

QUEUE = "lms-events"
# In bytes. A message can't hold more.
LARGEST = 64 * 1024


def connect() -> QueueClient:
    """Make one client for the whole program. It retries by itself when storage doesn't answer."""
    local = os.environ.get("LMS_EVENTS_CONNECTION_STRING")
    if local:
        return QueueClient.from_connection_string(local, QUEUE)
    account = os.environ["LMS_EVENTS_ACCOUNT"]
    return QueueClient(f"https://{account}.queue.core.windows.net", QUEUE, DefaultAzureCredential())


def publish(queue: QueueClient, event: dict[str, Any]) -> None:
    """Return once storage has the event. If this raises, keep the event and publish it again later, unchanged."""
    text = json.dumps(event)  # escapes everything that isn't ASCII
    if len(text) > LARGEST:
        raise ValueError(f"event {event['eventId']}: {len(text)} bytes, but the limit is {LARGEST}")
    queue.send_message(text, time_to_live=-1)


if __name__ == "__main__":
    with connect() as events:
        for line in sys.stdin:
            publish(events, json.loads(line))
