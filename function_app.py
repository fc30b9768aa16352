"""The triggers of LMS Activity Sync, and nothing else: each hands its message's text to the handler.

A message is deleted by the host when its function returns; by then its effect is durable. An exception (storage
refuses) leaves the message to be delivered again. Parameters are plain text: a QueueMessage takes its metadata from
properties of the same names in a JSON body, and one of another type would fail before this app sees the message.
"""

from functools import cache

import azure.functions as func

from activities.app import App
from activities.settings import Settings

STORAGE = "AzureWebJobsStorage"

app = func.FunctionApp()


@cache
def product() -> App:
    """The product; made at the first message, because indexing must not depend on settings or the network."""
    return App(Settings())


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
