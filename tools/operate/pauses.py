"""How long to wait before looking again for what the app does."""

from collections.abc import Iterator

_SHORTEST = 0.1


def pauses(longest: float) -> Iterator[float]:
    """Yield the seconds before each look: few at first, because the app does most things at once."""
    pause = _SHORTEST
    while True:
        yield pause
        pause = min(2 * pause, longest)
