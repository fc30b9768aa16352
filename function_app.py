"""The triggers of LMS Activity Sync, and nothing else. Each passes the text of its message to the handler.

With the setting `WEBHOOKS`, senders can also put messages on the inbound queue, through the webhook door.

The host deletes a message when its function returns. By then, the message's effect is durable. After an exception, the
host delivers the message again. The parameters are of type `str` and not `QueueMessage`, because a body's JSON
properties can break a `QueueMessage` if they're named like its metadata.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import azure.functions as func

from activities.loading import load_settings

if TYPE_CHECKING:
    from activities.door import FrontDoor
    from activities.pulse import Pulse
    from activities.service import Service

STORAGE = "AzureWebJobsStorage"

app = func.FunctionApp()
# Read at import: if a setting is wrong, the host finds no functions, and messages wait instead of failing one by one.
settings = load_settings(Path(__file__).parent)


# Each of these is loaded and built when it's first used, inside the event loop that its clients belong to. A process
# needs only one of them. So neither webhook senders nor the timer have to wait for Graph's library to load.
@cache
def service() -> "Service":
    """Return what handles the messages of the queues."""
    from activities.service import Service  # noqa: PLC0415

    return Service(settings)


@cache
def door() -> "FrontDoor":
    """Return what accepts webhooks."""
    from activities.door import FrontDoor  # noqa: PLC0415

    return FrontDoor(settings)


@cache
def pulse() -> "Pulse":
    """Return what writes the heartbeat."""
    from activities.pulse import Pulse  # noqa: PLC0415

    return Pulse(settings)


@app.function_name("process_event")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_QUEUE%", connection=STORAGE)
async def process_event(msg: str) -> None:
    """Handle an event from the LMS."""
    await service().handler.event(msg.encode())


@app.function_name("retry_event")
@app.queue_trigger(arg_name="msg", queue_name="%LMS_EVENTS_RETRY_QUEUE%", connection=STORAGE)
async def retry_event(msg: str) -> None:
    """Handle a retry that's due."""
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
    await pulse().beat()


if settings.webhooks:
    # Senders can't send a function key. They prove to the app who they are.

    @app.function_name("receive_webhook")
    @app.route("webhooks/{name}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
    async def receive_webhook(req: func.HttpRequest) -> func.HttpResponse:
        """Accept what an LMS sends over HTTPS."""
        return await door().receive(req, "webhook")

    @app.function_name("receive_statements")
    @app.route("webhooks/{name}/statements", methods=["POST", "PUT"], auth_level=func.AuthLevel.ANONYMOUS)
    async def receive_statements(req: func.HttpRequest) -> func.HttpResponse:
        """Accept xAPI statements. Their senders append the last part of the URL themselves."""
        return await door().receive(req, "statements")
