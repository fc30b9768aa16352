"""The quota: how many requests Graph accepts, and how it tells throttled clients to wait."""

import math
import time
from collections import deque
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

from tools.develop.simulator.config import Config, Quota
from tools.develop.simulator.responses import Refusal


def throttled(form: str, seconds: float, status: int = HTTPStatus.TOO_MANY_REQUESTS) -> Refusal:
    """Refuse with 429 or 503 and say how long to wait, in one of the forms of `Config.retry_after`."""
    code = "tooManyRequests" if status == HTTPStatus.TOO_MANY_REQUESTS else "serviceUnavailable"
    message = "Too many requests." if status == HTTPStatus.TOO_MANY_REQUESTS else "Service unavailable."
    whole = max(1, math.ceil(seconds))
    headers: dict[str, str] = {}
    match form:
        case "seconds":
            headers["Retry-After"] = str(whole)
        case "date":
            when = datetime.now(UTC) + timedelta(seconds=whole)
            headers["Retry-After"] = format_datetime(when, usegmt=True)
        case "message":
            message = f"Retry after {math.ceil(whole / 60)} minutes"
        case "none":
            pass
        case literal:
            headers["Retry-After"] = literal
    return Refusal(status, code, message, headers)


class Throttle:
    """Counts requests in sliding windows. Refused requests don't count. A changed quota starts from zero."""

    def __init__(self) -> None:
        self._accepted: dict[Quota, deque[float]] = {}  # when, on the monotonic clock

    def accept(self, config: Config) -> None:
        """Count one request.

        Raises:
            Refusal: 429, a window is full.

        """
        if not config.quota:
            return
        now = time.monotonic()
        windows = {quota: self._accepted.get(quota, deque()) for quota in config.quota}
        wait = max(self._wait(window, quota, now) for quota, window in windows.items())
        if wait > 0:
            raise throttled(config.retry_after, wait)
        for window in windows.values():
            window.append(now)
        self._accepted = windows

    @staticmethod
    def _wait(window: deque[float], quota: Quota, now: float) -> float:
        while window and window[0] <= now - quota.seconds:
            window.popleft()
        return window[0] + quota.seconds - now if len(window) >= quota.requests else 0.0
