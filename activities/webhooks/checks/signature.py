"""An HMAC in a header, over the body and the headers that the configuration names."""

import base64
import binascii
import hmac
import re
import time
from collections.abc import Callable

from activities.webhooks.checks.check import Headers, is_one_of
from activities.webhooks.schemes import BODY, Hmac

# How many seconds a signature's time may be off, either way. The same as in Standard Webhooks.
_TOLERANCE = 300
_SECONDS = re.compile(r"\d{1,12}", re.ASCII)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


class SignatureCheck:
    """The sender signs with a secret. `clock` gives seconds since 1970."""

    def __init__(self, scheme: Hmac, secrets: tuple[str, ...], clock: Callable[[], float] = time.time) -> None:
        self._scheme = scheme
        self._keys = [secret.encode() for secret in secrets]
        self._clock = clock

    async def proven(self, headers: Headers, body: bytes) -> bytes | None:
        """Return the body if the signature is right. If it has a time, that must be recent."""
        given = self._given(headers)
        signed = self._signed(headers, body)
        if given is None or signed is None or not self._is_recent(headers):
            return None
        return (
            body if is_one_of(given, [hmac.digest(key, signed, self._scheme.algorithm) for key in self._keys]) else None
        )

    def _given(self, headers: Headers) -> bytes | None:
        """Return the request's signature, or None if there is none in this encoding."""
        text, prefix = headers.get(self._scheme.header.lower(), ""), self._scheme.prefix
        if not text.startswith(prefix):
            return None
        text = text[len(prefix) :]
        try:
            if self._scheme.encoding == "base64":
                return base64.b64decode(text, validate=True)
            return bytes.fromhex(text) if _HEX.fullmatch(text) else None
        except (binascii.Error, ValueError):
            return None

    def _signed(self, headers: Headers, body: bytes) -> bytes | None:
        """Return the bytes that are signed, or None if one of the headers is missing."""
        parts = [body if name == BODY else _encoded(headers.get(name.lower())) for name in self._scheme.signed]
        known = [part for part in parts if part is not None]
        return self._scheme.separator.encode().join(known) if len(known) == len(parts) else None

    def _is_recent(self, headers: Headers) -> bool:
        if self._scheme.timestamp_header is None:
            return True
        text = headers.get(self._scheme.timestamp_header.lower(), "")
        return bool(_SECONDS.fullmatch(text)) and abs(int(text) - self._clock()) <= _TOLERANCE


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
