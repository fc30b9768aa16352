"""Puts the parts of the webhook door together, once per process and on its event loop.

Senders give up after five seconds, and the process may have to start within that time. So this module loads neither
Graph's library nor the formats.
"""

from typing import Literal

import azure.functions as func

from activities import telemetry
from activities.intake.format_files import format_files
from activities.intake.result import NATIVE
from activities.settings import Settings, webhook_secrets
from activities.storage.account import StorageAccount
from activities.storage.delivery import Delivery
from activities.webhooks.door import Door
from activities.webhooks.request import Request
from activities.webhooks.senders import read_senders


class FrontDoor:
    """The webhook door and its storage. Construct it inside the event loop that will use it."""

    def __init__(self, settings: Settings) -> None:
        self.storage = storage = StorageAccount(settings)
        delivery = Delivery(
            events=storage.queue(settings.events_queue),
            retries=storage.queue(settings.retry_queue),
            bodies=storage.container(settings.event_body_container),
        )
        telemetry.set_levels()
        self._door = Door(read_senders(settings.webhooks, webhook_secrets(), _formats(settings)), delivery.take)

    async def receive(self, request: func.HttpRequest, route: Literal["webhook", "statements"]) -> func.HttpResponse:
        """Answer a request that the host passes on."""
        answer = await self._door.receive(
            Request(
                name=request.route_params.get("name", ""),
                route=route,
                method=request.method.upper(),
                headers={name.lower(): value for name, value in request.headers.items()},
                query=request.params,
                body=request.get_body(),
            )
        )
        return func.HttpResponse(
            answer.text, status_code=int(answer.status), headers=dict(answer.headers), mimetype="application/json"
        )

    async def close(self) -> None:
        """Close all connections."""
        await self.storage.close()


def _formats(settings: Settings) -> set[str]:
    """Return the names of the formats.

    If the folder doesn't exist, return those of the app itself. The queue functions then hold all events and say why.
    """
    try:
        return {NATIVE, *format_files(settings.formats_folder)}
    except FileNotFoundError:
        return {NATIVE, *format_files()}
