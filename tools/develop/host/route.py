"""Which HTTP function a request is for."""

import re
from dataclasses import dataclass
from typing import Self

from tools.develop.host.worker import AppError, Function

_PARAMETER = re.compile(r"\{([^\W\d]\w*)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """A function's route. As in ASP.NET Core, it matches in any case, and with a trailing slash."""

    function: Function
    pattern: re.Pattern[str]
    methods: frozenset[str]  # empty: all

    @classmethod
    def of(cls, function: Function, prefix: str) -> Self:
        """Read the route from the trigger.

        Raises:
            AppError: it has a parameter that this host doesn't support.
        """
        trigger = function.trigger
        template = "/".join(part for part in (prefix.strip("/"), trigger["route"].strip("/")) if part)
        segments = [_segment(function.name, segment) for segment in template.split("/")]
        methods = frozenset(method.upper() for method in trigger.get("methods") or ())
        return cls(function, re.compile(f"/{'/'.join(segments)}/?", re.IGNORECASE), methods)

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the parameters' values, or None if the route doesn't match.

        Args:
            method: the request's method. If no function accepts it, the Functions host responds with 404, not 405.
            path: the path without the query. It's percent-decoded except for `%2F`, which doesn't separate segments.
        """
        if self.methods and method not in self.methods:
            return None
        found = self.pattern.fullmatch(path)
        return found.groupdict() if found else None


def _segment(function: str, segment: str) -> str:
    if parameter := _PARAMETER.fullmatch(segment):
        return f"(?P<{parameter[1]}>[^/]+)"
    if "{" in segment or "}" in segment:
        raise AppError(f"{function}: in a route, this host only supports parameters that are a whole segment: {{name}}")
    return re.escape(segment)
