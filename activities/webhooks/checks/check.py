"""What all checks have in common."""

import hmac
from collections.abc import Iterable, Mapping
from typing import Protocol

# The headers of a request by their names in lower case. The host joins those that came several times with commas.
type Headers = Mapping[str, str]


class Check(Protocol):
    """Decides whether a request proves that it comes from its sender."""

    async def proven(self, headers: Headers, body: bytes) -> bytes | None:
        """What the request proves that its sender has sent: the body, or what a token in it says. None if it fails."""
        ...


def is_one_of(given: bytes, expected: Iterable[bytes]) -> bool:
    """Whether a value is one of the expected ones. How long this takes says nothing about how near it comes."""
    return any([hmac.compare_digest(given, one) for one in expected])  # noqa: C419  all are compared
