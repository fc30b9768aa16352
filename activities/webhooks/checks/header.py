"""A secret as the value of a header, whose name the configuration gives."""

from dataclasses import dataclass, field

from activities.webhooks.checks.check import Headers, is_one_of


@dataclass(frozen=True, slots=True)
class HeaderCheck:
    """The sender knows the value of a header. `name` is in lower case."""

    name: str
    values: tuple[str, ...] = field(repr=False)

    async def proven(self, headers: Headers, body: bytes) -> bytes | None:
        """Return the body if the value is right."""
        given = headers.get(self.name)
        return body if given is not None and is_one_of(given.encode(), [one.encode() for one in self.values]) else None
