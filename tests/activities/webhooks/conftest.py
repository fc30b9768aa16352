"""A door, and the queue behind it."""

import json

import pytest

from activities.webhooks.door import Door
from activities.webhooks.senders import read_senders
from tests.activities.webhooks.proofs import SECRETS, WEBHOOKS
from tests.activities.webhooks.sending import Queue


@pytest.fixture
def queue() -> Queue:
    """Return a queue for each test."""
    return Queue()


@pytest.fixture
def door(queue: Queue) -> Door:
    """Return a door with all schemes, before that queue."""
    formats = {"native", "xapi", "docebo", "360learning", "learnupon"}
    return Door(read_senders(json.dumps(WEBHOOKS), SECRETS, formats), queue.take)
