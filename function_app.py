"""The triggers of LMS Activity Sync, and nothing else: each gives the text of its message to the handler.

The host deletes a message when its function returns. By then its effect is durable. After an exception the host
delivers the message again. The parameters are of type `str`, because a body with JSON properties that are named like
the metadata of a `QueueMessage` would spoil a parameter of that type.
"""

from functools import cache
from pathlib import Path

import azure.functions as func

from activities.service import Service, load_settings

STORAGE = "AzureWebJobsStorage"

app = func.FunctionApp()
# Read at import: if a setting is wrong, the host finds no functions, and messages wait instead of failing one by one.
settings = load_settings(Path(__file__).parent)


@cache
def service() -> Service:
    """The service. It is made at the first message, inside the event loop that its clients belong to."""
    return Service(settings)


@app.function_name("process_event")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_QUEUE%", connection=STORAGE)
async def process_event(msg: str) -> None:
    """Handle an event of the LMS."""
    await service().handler.event(msg.encode())


@app.function_name("retry_event")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_RETRY_QUEUE%", connection=STORAGE)
async def retry_event(msg: str) -> None:
    """Handle a retry that is due."""
    await service().handler.retry(msg.encode())


@app.function_name("collect_poison")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_QUEUE%-poison", connection=STORAGE)
async def collect_poison(msg: str) -> None:
    """Handle an event that the host gave up on."""
    await service().handler.poison(msg.encode())


@app.function_name("collect_retry_poison")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_RETRY_QUEUE%-poison", connection=STORAGE)
async def collect_retry_poison(msg: str) -> None:
    """Handle a retry that the host gave up on."""
    await service().handler.retry_poison(msg.encode())


@app.function_name("heartbeat")
@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
async def heartbeat(timer: func.TimerRequest) -> None:  # noqa: ARG001  the trigger passes it
    """Write the heartbeat, once a minute."""
    await service().heartbeat()
