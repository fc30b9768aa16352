"""The webhook door over TCP, with a sender whose secret can change on the app's side."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from activities.service import Service
from activities.webhooks.door import Door
from activities.webhooks.request import Request
from activities.webhooks.senders import read_senders, secret_names

SENDER = "lms"
SECRET = "of-the-lms-and-of-the-app"
WEBHOOKS = json.dumps({SENDER: {"scheme": "bearer", "format": "native"}})
# What a client needs to send as this sender.
ENVIRONMENT: Mapping[str, str] = {"WEBHOOKS": WEBHOOKS, secret_names(SENDER)[0]: SECRET}


class ServedDoor:
    """A server that answers like the webhook functions, in front of the service's queue."""

    def __init__(self, service: Service) -> None:
        self._take = service.delivery.take
        self.url = ""
        self.open(SECRET)

    def open(self, secret: str | None) -> None:
        """Restart with this secret for the sender, or with none."""
        secrets = {} if secret is None else {secret_names(SENDER)[0]: SecretStr(secret)}
        self._door = Door(read_senders(WEBHOOKS, secrets, {"native"}), self._take)

    async def receive(self, request: web.Request) -> web.Response:
        """Answer a request as the host would pass it on."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        name = request.match_info["name"]
        said = await self._door.receive(
            Request(name, "webhook", request.method, headers, dict(request.query), await request.read())
        )
        return web.Response(text=said.text, status=said.status)


@asynccontextmanager
async def served_door(service: Service) -> AsyncIterator[ServedDoor]:
    """Serve the door on a local port."""
    door, served = ServedDoor(service), web.Application()
    served.router.add_post("/api/webhooks/{name}", door.receive)
    async with TestServer(served) as server:
        door.url = str(server.make_url("")).rstrip("/")
        yield door
