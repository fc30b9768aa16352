"""The managed identity with which the app calls Graph."""

import asyncio
import base64
import json
from types import TracebackType
from typing import Self

from azure.core.credentials import AccessToken
from azure.identity.aio import ManagedIdentityCredential

from activities.domain.errors import EverybodysFault

SCOPE = "https://graph.microsoft.com/.default"
# The endpoint of the identity fails now and then, so it is asked again: first after so many seconds, then after twice
# as many, and so on.
_FIRST_PAUSE = 0.2


class Credential:
    """The managed identity. Calls at the same time share one token request.

    Every failure is an `EverybodysFault`, because it would concern every event. A token is asked for again until so
    many seconds have passed (`deadline`).
    """

    def __init__(self, client_id: str | None, deadline: float) -> None:
        self._client_id = client_id
        self._deadline = deadline
        self._identity = self._fresh()
        self._lock = asyncio.Lock()

    def _fresh(self) -> ManagedIdentityCredential:
        return ManagedIdentityCredential(client_id=self._client_id, retry_total=0)

    async def forget(self) -> None:
        """Request a new token next time, because Graph refused the present one, which is cached for up to a day.

        A token also carries the permissions that had been granted when it was issued.
        """
        # Without the lock: a request for a token may take its whole time, and is then repeated with the new identity.
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
        """Return a token, from memory while it is valid."""
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
        """Return the app roles in a new token (the permissions granted by now), or None if there is no token."""
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
    """Return the app roles that a token carries: an empty list if it is not a JWT.

    The token is not verified. The roles only show an operator which permission is missing.
    """
    try:
        payload = token.token.split(".")[1]
        roles = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("roles")
    except (ValueError, IndexError, AttributeError):
        return []
    return [str(role) for role in roles] if isinstance(roles, list) else []
