"""Which HTTP function a request is for."""

import re
from dataclasses import dataclass
from typing import Self

from tools.develop.host.worker import AppError, Function

_PARAMETER = re.compile(r"\{([^\W\d]\w*)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """The route of a function; it also matches in another case and with a slash at its end, as in ASP.NET Core."""

    function: Function
    pattern: re.Pattern[str]
    methods: frozenset[str]  # empty: all

    @classmethod
    def of(cls, function: Function, prefix: str) -> Self:
        """Read the route from the trigger.

        Raises:
            AppError: it has a parameter that this host does not know.
        """
        trigger = function.trigger
        template = "/".join(part for part in (prefix.strip("/"), trigger["route"].strip("/")) if part)
        segments = [_segment(function.name, segment) for segment in template.split("/")]
        methods = frozenset(method.upper() for method in trigger.get("methods") or ())
        return cls(function, re.compile(f"/{'/'.join(segments)}/?", re.IGNORECASE), methods)

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the values of the parameters, or None if the route does not match.

        Args:
            method: of the request; the Functions host answers 404, not 405, if no function has it.
            path: without the query, percent-decoded but for `%2F`, which separates no segments.
        """
        if self.methods and method not in self.methods:
            return None
        found = self.pattern.fullmatch(path)
        return found.groupdict() if found else None


def _segment(function: str, segment: str) -> str:
    if parameter := _PARAMETER.fullmatch(segment):
        return f"(?P<{parameter[1]}>[^/]+)"
    if "{" in segment or "}" in segment:
        raise AppError(f"{function}: of parameters in routes, this host only knows whole segments like {{name}}")
    return re.escape(segment)
