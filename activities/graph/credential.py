"""The managed identity that the app uses to call Graph."""

import asyncio
import base64
import json
from types import TracebackType
from typing import Self

from azure.core.credentials import AccessToken
from azure.identity.aio import ManagedIdentityCredential

from activities.domain.errors import EverybodysFault

SCOPE = "https://graph.microsoft.com/.default"
# The identity endpoint fails now and then, so it's asked again: after this many seconds at first, then after twice as
# many, and so on.
_FIRST_PAUSE = 0.2


class Credential:
    """The managed identity. Simultaneous calls share one token request.

    Every failure is an `EverybodysFault`, because it would affect every event. Token requests are repeated until
    `deadline` seconds have passed.
    """

    def __init__(self, client_id: str | None, deadline: float) -> None:
        self._client_id = client_id
        self._deadline = deadline
        self._identity = self._fresh()
        self._lock = asyncio.Lock()

    def _fresh(self) -> ManagedIdentityCredential:
        return ManagedIdentityCredential(client_id=self._client_id, retry_total=0)

    async def forget(self) -> None:
        """Request a new token next time. Otherwise the present one may stay cached for up to a day.

        A new token has the permissions that have been granted by then.
        """
        # Don't take the lock: a token request may hold it for the whole deadline. It retries with the new identity.
        former, self._identity = self._identity, self._fresh()
        await former.close()

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **options: object,
    ) -> AccessToken:
        """Return a token, from memory while it's valid."""
        now = asyncio.get_running_loop().time
        pause, end = _FIRST_PAUSE, now() + self._deadline
        async with self._lock:
            while True:
                try:
                    token: AccessToken = await self._identity.get_token(
                        *scopes, claims=claims, tenant_id=tenant_id, enable_cae=enable_cae, **options
                    )
                except Exception as error:
                    if now() + pause >= end:
                        raise EverybodysFault(f"identity: {type(error).__name__}") from error
                else:
                    return token
                await asyncio.sleep(pause)
                pause *= 2

    async def roles(self) -> list[str] | None:
        """Return the app roles in a new token (the permissions granted by now), or None if there's no token."""
        await self.forget()
        try:
            async with asyncio.timeout(self._deadline):
                return app_roles(await self.get_token(SCOPE))
        except (EverybodysFault, TimeoutError):
            return None

    async def close(self) -> None:
        """Close all connections."""
        await self._identity.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        await self.close()


def app_roles(token: AccessToken) -> list[str]:
    """Return the app roles in a token, or an empty list if it isn't a JWT.

    The token isn't verified. The roles only show which permission is missing.
    """
    try:
        payload = token.token.split(".")[1]
        roles = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("roles")
    except (ValueError, IndexError, AttributeError):
        return []
    return [str(role) for role in roles] if isinstance(roles, list) else []
