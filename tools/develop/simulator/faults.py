"""Scripted faults: what goes wrong with an operation's n-th request."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveInt, PrivateAttr

from tools.develop.simulator.journal import Operation, RecordedRequest
from tools.develop.simulator.responses import Refusal, Response
from tools.develop.simulator.throttle import throttled
from tools.develop.simulator.wire import Damage

_THROTTLED = (429, 503)


class Fault(BaseModel):
    """What happens to an operation's requests `nth` to `nth + times - 1`, counted from when the fault is set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    operation: Operation | Literal["any"] = "any"
    nth: PositiveInt = 1
    times: NonNegativeInt = 1  # 0: always
    containing: str = ""  # count only requests with this text in their path or body
    learner: str = ""  # count only requests about activities of the learner with this object id

    # In the order in which they happen. All times are in seconds.
    delay: NonNegativeFloat = 0  # before the request is handled
    reset: Literal["before", "after"] | None = None  # reset the connection, before or after the effect
    effect_after: NonNegativeFloat | None = None  # reset the connection now, and take effect after this time
    status: int | None = None  # respond with this instead of handling the request
    after_effect: bool = False  # with `status`: handle the request first
    body: Any = None  # with `status`: text or JSON to send instead of Graph's error body
    headers: dict[str, str] = {}
    retry_after: str | None = None  # with 429 and 503: like `Config.retry_after`
    retry_seconds: float = 1
    delay_response: NonNegativeFloat = 0  # between the effect and the response
    damage: Damage | None = None  # how the response is damaged
    slowness: NonNegativeFloat = 1  # how long a slow response takes

    _seen: int = PrivateAttr(0)
    _fired: int = PrivateAttr(0)

    @property
    def fired(self) -> int:
        """The number of requests it has hit."""
        return self._fired

    @property
    def spent(self) -> bool:
        """Whether it will hit no more requests."""
        return self.times != 0 and self._fired >= self.times

    def hits(self, request: RecordedRequest, learner: str | None = None) -> bool:
        """Count a request about this learner's activity, and tell whether the fault hits it."""
        if self.operation not in ("any", request.operation):
            return False
        if self.containing and self.containing not in f"{request.path}\n{request.body}":
            return False
        if self.learner and self.learner.lower() != (learner or "").lower():
            return False
        self._seen += 1
        if self._seen < self.nth or self.spent:
            return False
        self._fired += 1
        return True

    def failure(self, request_id: str, client_request_id: str) -> Response:
        """Build the response that `status` asks for."""
        status = self.status or 500
        if self.body is not None:
            return Response(status, self.body, dict(self.headers))
        if status in _THROTTLED:
            refusal = throttled(self.retry_after or "none", self.retry_seconds, status)
        else:
            refusal = Refusal(status, f"simulated{status}", f"Simulated {status}.")
        response = refusal.response(request_id, client_request_id)
        response.headers |= self.headers
        return response


class Faults:
    """The faults that are set, oldest first."""

    def __init__(self) -> None:
        self._set: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Set another fault."""
        self._set.append(fault)

    def next(self, request: RecordedRequest, learner: str | None = None) -> Fault | None:
        """Find the fault that a request about this learner meets: the first that hits it.

        Every fault that hits the request counts as fired.
        """
        if not self._set:
            return None
        hits = [fault for fault in self._set if fault.hits(request, learner)]
        self._set = [fault for fault in self._set if not fault.spent]
        return hits[0] if hits else None
