"""Publishes learning events to LMS Activity Sync, one JSON object a line from standard input.

In Azure, LMS_EVENTS_ACCOUNT names the storage account, and the program has an identity with the publisher's role. On
your machine, LMS_EVENTS_CONNECTION_STRING is that of the local stack.
"""

import json
import os
import sys
from typing import Any

from azure.identity import DefaultAzureCredential
from azure.storage.queue import QueueClient

QUEUE = "lms-events"
# In bytes: a message holds no more.
LARGEST = 64 * 1024


def connect() -> QueueClient:
    """Make one client for the whole program. It tries again by itself when storage does not answer."""
    local = os.environ.get("LMS_EVENTS_CONNECTION_STRING")
    if local:
        return QueueClient.from_connection_string(local, QUEUE)
    account = os.environ["LMS_EVENTS_ACCOUNT"]
    return QueueClient(f"https://{account}.queue.core.windows.net", QUEUE, DefaultAzureCredential())


def publish(queue: QueueClient, event: dict[str, Any]) -> None:
    """Return once storage has the event. If this raises, keep the event and publish it again later, as it is."""
    text = json.dumps(event)  # escapes whatever is not ASCII
    if len(text) > LARGEST:
        raise ValueError(f"event {event['eventId']}: {len(text)} bytes are more than {LARGEST}")
    queue.send_message(text, time_to_live=-1)


if __name__ == "__main__":
    with connect() as events:
        for line in sys.stdin:
            publish(events, json.loads(line))
