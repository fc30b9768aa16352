"""The managed identity in memory. Its tokens name the app's roles and last a day."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass

from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError

from tests.simulation.memory.wire import Answered, NoAnswer, NoConnection, Wire

LIFETIME = 24 * 3600.0


@dataclass(slots=True)
class Identity:
    """The identity endpoint. `roles` returns the app's current roles."""

    roles: Callable[[], set[str]]
    clock: Callable[[], float]


class MemoryIdentity:
    """The part of `ManagedIdentityCredential` that the app uses. It keeps a token until it expires."""

    def __init__(self, identity: Identity, wire: Wire) -> None:
        self._server = identity
        self._wire = wire
        self._token: tuple[float, AccessToken] | None = None

    async def get_token(self, *_: str, **__: object) -> AccessToken:
        """Return a token."""
        now = self._server.clock()
        if self._token is None or now >= self._token[0]:
            try:
                roles = await self._wire.call("identity:token", lambda: sorted(self._server.roles()))
            except (NoConnection, NoAnswer, Answered) as error:
                raise ClientAuthenticationError("no token") from error
            payload = base64.urlsafe_b64encode(json.dumps({"roles": roles}).encode()).decode().rstrip("=")
            self._token = now + LIFETIME, AccessToken(f"header.{payload}.signature", int(now + LIFETIME))
        return self._token[1]

    async def close(self) -> None:
        """Do nothing, because there is no connection."""
