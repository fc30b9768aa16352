"""Control messages: what operators ask the app to do about one record."""

from typing import Literal

from activities.storage.envelope import ControlEnvelope
from tools.operate.account import Account

Action = Literal["check", "compare", "rebind"]
MAY_ASK = "Storage Queue Data Message Sender on the queue lms-events-retry"


async def ask(account: Account, action: Action, record: str) -> None:
    """Ask the app to do something about the record with this row key."""
    text = ControlEnvelope(control=action, record=record).text()
    await account.retries.send_message(text, time_to_live=-1)
