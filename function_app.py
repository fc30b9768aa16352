"""The triggers of LMS Activity Sync, and nothing else: each hands its message's text to the handler.

The host deletes a message when its function returns; by then its effect is durable. An exception leaves it to be
delivered again. Parameters are text: JSON properties named like a QueueMessage's metadata would spoil one of that type.
"""

from functools import cache

import azure.functions as func

from activities.service import Service
from activities.settings import Settings

STORAGE = "AzureWebJobsStorage"

app = func.FunctionApp()
# Read here, so that wrong settings leave the host without functions: messages wait, instead of failing one by one.
settings = Settings()


@cache
def product() -> Service:
    """The product; made at the first message, inside the event loop that its clients belong to."""
    return Service(settings)


@app.function_name("process_event")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_QUEUE%", connection=STORAGE)
async def process_event(msg: str) -> None:
    """An event of the LMS."""
    await product().handler.event(msg.encode())


@app.function_name("retry_event")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_RETRY_QUEUE%", connection=STORAGE)
async def retry_event(msg: str) -> None:
    """A retry that has come due."""
    await product().handler.retry(msg.encode())


@app.function_name("collect_poison")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_QUEUE%-poison", connection=STORAGE)
async def collect_poison(msg: str) -> None:
    """An event that the host gave up."""
    await product().handler.poison(msg.encode())


@app.function_name("collect_retry_poison")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_RETRY_QUEUE%-poison", connection=STORAGE)
async def collect_retry_poison(msg: str) -> None:
    """A retry that the host gave up."""
    await product().handler.poison(msg.encode())


@app.function_name("publish_queue_depths")
@app.timer_trigger(arg_name="timer", schedule="0 * * * * *")
async def publish_queue_depths(timer: func.TimerRequest) -> None:  # noqa: ARG001  the trigger's parameter
    """Once a minute."""
    await product().publish_queue_depths()
