"""The public keys for a sender's signatures, fetched from where the sender publishes them. RFC 7517."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import aiohttp
import jwt

_SECONDS = 3.0
# A key as the sender publishes it.
type Key = dict[str, Any]
# In bytes. A sender has only a handful of keys.
_LARGEST = 1_000_000
_PART = 65_536
# In seconds. Keys older than this are fetched again, so that withdrawn ones don't stay trusted.
_FRESH = 3_600.0
# In seconds. Anybody can name unknown keys, so these cause at most one fetch in this time.
_PAUSE = 60.0


class Keys:
    """The keys at a URL. They're cached, and fetched again if they're old or one is unknown. `clock` gives seconds."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str | None, Key] = {}
        self._fetched = float("-inf")
        self._in_vain = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, name: object) -> Key | None:
        """Return the key with this name (`kid`), or the only key if the token names none. None if there's no such key.

        This waits for a fetch only if the key is unknown, or the keys are very old.
        """
        if self._fetching is None and self._is_due(name):
            self._fetching = asyncio.create_task(self._fetch(name))
        age = self._clock() - self._fetched
        if self._fetching is not None and (self._known(name) is None or age >= 2 * _FRESH):
            # The fetch goes on even if this caller gives up.
            await asyncio.shield(self._fetching)
        return self._known(name)

    def _is_due(self, name: object) -> bool:
        """Whether to fetch: the keys are old or this one is unknown, and no recent fetch was in vain."""
        now = self._clock()
        old = now - self._fetched >= _FRESH
        return (old or self._known(name) is None) and now - self._in_vain >= _PAUSE

    def _known(self, name: object) -> Key | None:
        if name is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(name) if isinstance(name, str) else None

    async def _fetch(self, name: object) -> None:
        """Fetch the keys again, because this one is needed. If that fails, the former keys remain valid."""
        try:
            self._keys = _usable(json.loads(await self._download()))
            self._fetched = self._clock()
            if self._known(name) is None:
                self._in_vain = self._clock()
        except (aiohttp.ClientError, TimeoutError, ValueError, RecursionError):
            self._in_vain = self._clock()
        finally:
            self._fetching = None

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


def _usable(document: object) -> dict[str | None, Key]:
    """Return the signature keys in a document by their names.

    Raises:
        ValueError: there are none.
    """
    entries = document.get("keys") if isinstance(document, dict) else None
    found: dict[str | None, Key] = {}
    for entry in entries if isinstance(entries, list) else []:
        with suppress(jwt.PyJWTError, ValueError, TypeError):
            if entry.get("use") != "enc" and jwt.PyJWK(entry):
                found[entry.get("kid")] = entry
    if not found:
        raise ValueError("no keys")
    return found
