"""What all checks have in common."""

import hmac
from collections.abc import Iterable, Mapping
from typing import Protocol

# A request's headers by their names in lower case. If one came several times, the host joins them with commas.
type Headers = Mapping[str, str]


class Check(Protocol):
    """Decides whether a request proves that it comes from its sender."""

    async def proven(self, headers: Headers, body: bytes) -> bytes | None:
        """Return the content that the sender provably sent: the body, or the claims of a token. None if it fails."""
        ...


def is_one_of(given: bytes, expected: Iterable[bytes]) -> bool:
    """Whether a value is one of the expected ones. The time that this takes doesn't reveal how close the value is."""
    return any([hmac.compare_digest(given, one) for one in expected])  # noqa: C419  a list, so that all are compared
