"""HTTP Basic authentication, RFC 7617."""

import base64
import binascii
from dataclasses import dataclass, field

from activities.webhooks.checks.check import Headers, is_one_of


@dataclass(frozen=True, slots=True)
class BasicCheck:
    """The sender knows a user's password."""

    user: str
    passwords: tuple[str, ...] = field(repr=False)

    async def proven(self, headers: Headers, body: bytes) -> bytes | None:
        """Return the body if the user and the password are right."""
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            return None
        return body if is_one_of(given, [f"{self.user}:{one}".encode() for one in self.passwords]) else None
