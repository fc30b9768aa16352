"""A token in the Authorization header, RFC 6750."""

from dataclasses import dataclass, field

from activities.webhooks.checks.check import Headers, is_one_of


@dataclass(frozen=True, slots=True)
class BearerCheck:
    """The sender knows a token."""

    tokens: tuple[str, ...] = field(repr=False)

    async def proven(self, headers: Headers, body: bytes) -> bytes | None:
        """Return the body if the token is right."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        return body if is_one_of(given.strip().encode(), [one.encode() for one in self.tokens]) else None
