"""Control messages: what operators ask the app to do about one record, and whether it is there."""

from typing import Literal

from azure.storage.queue.aio import QueueClient

from activities.storage.envelope import ControlEnvelope

Action = Literal["check", "compare", "rebind", "forget", "forget-activity", "ping"]
MAY_ASK = "Storage Queue Data Message Sender on the queue lms-events-retry"


async def ask(retries: QueueClient, action: Action, record: str, enrolment: str | None = None) -> None:
    """Ask the app, by way of its retry queue, to do something about the record with this row key.

    A tombstone does not say which enrolment it was, so that has to be said of it. A ping is about no record: what
    stands in its place is 64 hexadecimal digits that nobody has used before.
    """
    envelope = ControlEnvelope(control=action, record=record, enrollment_id=enrolment)
    await retries.send_message(envelope.text(), time_to_live=-1)
