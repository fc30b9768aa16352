"""The public keys with which a sender signs, fetched from where it publishes them. RFC 7517."""

import asyncio
import json
import time
from collections.abc import Callable
from http import HTTPStatus

import aiohttp
import jwt

_SECONDS = 3.0
# A set of a sender has a handful of keys.
_LARGEST = 1_000_000
_PART = 65_536
# A key that its sender withdraws is trusted no longer than this, if the sender can be reached.
_FRESH = 3_600.0
# Anybody can name unknown keys, so they lead to one fetch in this time.
_PAUSE = 60.0


class Keys:
    """The keys at an address. They are kept, and fetched anew when one is unknown. `clock` gives seconds."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._failed = float("-inf")
        self._fetching = asyncio.Lock()

    async def key(self, name: object) -> jwt.PyJWK | None:
        """The key with this name (`kid`), or the only key if a token names none. None if there is no such key."""
        if self._is_due(name):
            async with self._fetching:
                if self._is_due(name):
                    await self._fetch()
                    self._failed = self._clock() if self._known(name) is None else self._failed
        return self._known(name)

    def _is_due(self, name: object) -> bool:
        """Whether to fetch: the keys are old or this one is unknown, and no fetch was in vain just now."""
        now = self._clock()
        old = now - self._fetched >= _FRESH
        return (old or self._known(name) is None) and now - self._failed >= _PAUSE

    def _known(self, name: object) -> jwt.PyJWK | None:
        if name is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(name) if isinstance(name, str) else None

    async def _fetch(self) -> None:
        """Replace the keys. If that fails, the former ones go on to count."""
        try:
            keys = jwt.PyJWKSet.from_dict(json.loads(await self._download())).keys
        except (aiohttp.ClientError, TimeoutError, jwt.PyJWTError, ValueError, TypeError, AttributeError):
            self._failed = self._clock()
            return
        self._keys = {key.key_id: key for key in keys}
        self._fetched = self._clock()

    async def _download(self) -> bytes:
        limit = aiohttp.ClientTimeout(total=_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.get(self._url, allow_redirects=False) as got,
        ):
            if got.status != HTTPStatus.OK:
                raise ValueError("not found")
            content = b""
            async for part in got.content.iter_chunked(_PART):
                content += part
                if len(content) > _LARGEST:
                    raise ValueError("too large")
            return content
