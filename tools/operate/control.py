"""Control messages: they ask the app to do something about one record, or to say that it's there."""

from typing import Literal

from azure.storage.queue.aio import QueueClient

from activities.storage.envelope import ControlEnvelope

Action = Literal["check", "compare", "rebind", "forget", "forget-activity", "ping"]
MAY_ASK = "Storage Queue Data Message Sender on the queue lms-events-retry"


async def ask(retries: QueueClient, action: Action, record: str, enrolment: str | None = None) -> None:
    """Put a control message about the record with this row key on the retry queue.

    A tombstone doesn't say which enrolment it was, so pass `enrolment` for one. A ping isn't about a record: pass 64
    random hexadecimal digits instead, different ones each time.
    """
    envelope = ControlEnvelope(control=action, record=record, enrollment_id=enrolment)
    await retries.send_message(envelope.text(), time_to_live=-1)
