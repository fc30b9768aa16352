"""Whether a request may be sent to Graph now, given throttling, trouble and holds.

If Graph hasn't throttled recently, requests are free: none of them waits for news from other processes. After
throttling, nothing is sent for as long as Graph says. Then all processes keep one pace (`domain/pace.py`), and each
request waits for its slot (`slots`). Long waits belong to the queue: if a request's slot isn't near, the request is
refused, with the time after which to try again. `circuit` says when Graph is in trouble, and `holds` says when a kind
of request is held.
"""

import asyncio
import time
from collections.abc import Callable

from activities import telemetry
from activities.domain.errors import EverybodysFault, Throttled
from activities.domain.pace import LEAD, LONGEST_MOMENT, Grant, Refusal
from activities.domain.shared_state import GraphState, HoldSeen
from activities.domain.terms import RequestKind
from activities.graph.call import begin_call, present_call
from activities.graph.circuit import Circuit
from activities.graph.exchange import Exchange, Shared
from activities.graph.holds import Holds
from activities.graph.slots import Slots, Wish

# A request that's later than this (seconds) hasn't kept the pace. If Graph throttles it, that says nothing about the
# pace.
_LATE = 0.05
# Seconds after which a failed exchange is tried again under throttling.
_AGAIN = 5.0


class Admission:
    """Admits requests to Graph, or refuses them. One per process, on one event loop, whose clock it uses.

    Args:
        hold: the longest time between two probes, in seconds, while a fault holds all requests of a kind.
        probe: seconds that a probe may take before the next is admitted.
        shared: the state that processes share; None if there's only one process.
        share: seconds between two exchanges of that state.
        share_deadline: seconds after which an exchange is given up.
        clock: gives seconds since 1970.
    """

    def __init__(  # noqa: PLR0913  times and parts, each with its own name
        self,
        *,
        hold: float,
        probe: float,
        shared: Shared | None = None,
        share: float = 30.0,
        share_deadline: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shares = shared is not None
        self._share_seconds = share
        self._clock = clock
        self._share_at = 0.0
        self._sharing: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._holds = Holds(hold=hold, probe=probe)
        self._circuit = Circuit()
        self._exchange = Exchange(shared, share_deadline, clock)
        self._slots = Slots(self._exchange.reserve)

    def check(self) -> None:
        """Refuse while Graph is closed to us.

        Raises:
            Throttled: try again after its `after` seconds.
        """
        if self._exchange.closed_for > 0:
            raise Throttled("closed: Graph throttled a request", after=self._exchange.closed_for)

    async def admit(self, *kinds: RequestKind, completes: bool = False) -> None:
        """Admit one request of each kind. After throttling, wait a moment for their slots if necessary.

        Requests that complete an activity (`completes`) get their slots first.

        Raises:
            Throttled: Graph is closed to us or in trouble, or the next slot is too far away.
            EverybodysFault: one of the kinds is held because of this fault.
        """
        former, call = present_call(), begin_call()
        goes_on = former is not None and former.paced
        if _now() >= self._share_at:
            # In the background: while Graph isn't throttling, no request waits for the table.
            self._share_in_background()
        self._check(kinds)
        if self._exchange.is_paced:
            wish = Wish(kinds, goes_on=goes_on, completes=completes)
            call.slots, call.paced = await self._wait_for_slots(wish), True
            self._check(kinds)
        else:
            self.check()
        for kind in kinds:
            self._holds.admitted(kind, _now())

    async def turn(self) -> None:
        """Wait for the slot of a request that was admitted and is ready to be sent.

        Raises:
            Throttled: Graph has closed to us in the meantime, or is in trouble and another request is the probe.
        """
        call = present_call()
        if call is not None and call.slots:
            slot, *left = call.slots
            call.slots = tuple(left)
            await asyncio.sleep(slot - _now())
            call.paced = _now() - slot < _LATE
        self.check()
        # An open circuit's probe is a request that's sent: an invocation may have had several admitted before that.
        self._circuit.check(_now())
        self._circuit.admitted(_now())
        if call is not None:
            call.sent = _now()
        if not (self._exchange.is_paced if call is None else call.paced):
            self._exchange.sent()

    def throttled(self, after: float | None) -> float:
        """Note that Graph throttled a request: all processes send nothing for a while, and then keep a pace.

        Args:
            after: the number of seconds that Graph named; None if it named no time.

        Returns:
            The seconds until Graph is open again.
        """
        call, now = present_call(), _now()
        sent = now if call is None or call.sent is None else call.sent
        paced = self._exchange.is_paced if call is None else call.paced
        if after is None:
            after = self._exchange.unnamed_wait(sent)
        self._exchange.refused(Refusal(sent, now + after, paced))
        return after

    def unavailable(self) -> None:
        """Note that Graph responded with 5xx and named no time."""
        self._circuit.failed(_now())

    def unthrottled(self) -> None:
        """Note that Graph responded without throttling, and without trouble."""
        self._circuit.succeeded()
        call = present_call()
        if not (self._exchange.is_paced if call is None else call.paced):
            self._exchange.accepted()

    def succeeded(self, kind: RequestKind) -> None:
        """Count a request that succeeded, and lift the hold on its kind."""
        self._holds.lift(kind)
        self.unthrottled()
        self.count(kind)

    def count(self, kind: RequestKind) -> None:
        """Count a success of this kind, and tell the other processes before long."""
        # The others judge by what succeeds here, even if this process sends nothing more.
        self._tell_before_long(GraphState(successes={kind: 1}, last_success={kind: self._clock()}))

    def successes(self, kind: RequestKind) -> int:
        """Return how many requests of a kind have succeeded: in all processes when last read, and here since then."""
        return sum(state.successes.get(kind, 0) for state in self._states())

    def echoes(self, answer: str | None = None) -> bool:
        """Whether Graph is known to echo a request's id in such an answer ("POST 201"), or in any answer (None)."""
        known = frozenset[str]().union(*(state.echoes for state in self._states()))
        return bool(known) if answer is None else answer in known

    def echoed(self, answer: str) -> None:
        """Note that Graph has echoed a request's id in such an answer."""
        if not self.echoes(answer):
            self._tell(GraphState(echoes=frozenset({answer})))

    async def suspect(self, fault: EverybodysFault, record: str) -> None:
        """Note that a record met a fault that, as far as can be told, everybody would meet.

        After three different records in a row, the kind of request is held, if the other processes have seen no success
        since the first of them. If a hold's probe fails, operators are alerted.
        """
        kind = fault.kind
        if fault.held:
            return
        if kind in self._holds:
            if self._holds.extend(kind, fault.detail, _now()):
                telemetry.held(kind, fault.detail, record)
                self._tell_of_hold(kind, fault.detail)
            return
        streak = self._holds.failed(kind, record, self.successes(kind))
        if streak is not None:
            streak.considered = True
            try:
                await self.share()
            finally:
                streak.considered = False
            self._holds.begin(kind, streak, fault.detail, self.successes(kind), _now())
            if kind in self._holds:
                self._tell_of_hold(kind, fault.detail)

    async def share(self) -> None:
        """Tell the other processes what this one has seen, and learn what they've seen, unless it takes too long."""
        if self._shares:
            self._share_at = _now() + self._share_seconds
            if await self._exchange.share():
                self._holds.compare(self.successes)
            elif self._exchange.is_paced:
                self._share_at = _now() + min(self._share_seconds, _AGAIN)

    async def listen(self) -> None:
        """Learn what the other processes have seen, unless that was done recently."""
        if _now() >= self._share_at:
            await self.share()

    async def close(self) -> None:
        """Wait for an exchange that's under way, and begin no other."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._sharing is not None:
            await self._sharing
        await self._slots.close()

    def _check(self, kinds: tuple[RequestKind, ...]) -> None:
        self._circuit.check(_now())
        for kind in kinds:
            self._holds.check(kind, _now())

    async def _wait_for_slots(self, wish: Wish) -> Grant:
        """Wait until shortly before a call's first slot, and return its slots."""
        since = _now()
        while True:
            slots = await self._slots.take(wish)
            await asyncio.sleep(slots[0] - LEAD - _now())
            if self._exchange.closed_for <= LEAD or _now() > since + LONGEST_MOMENT:
                return slots

    def _states(self) -> tuple[GraphState, ...]:
        return self._exchange.known, self._exchange.telling, self._exchange.news

    def _tell_of_hold(self, kind: RequestKind, detail: str) -> None:
        """Put a hold into the shared state, where operators see it."""
        self._tell_before_long(GraphState(holds={kind: HoldSeen(detail, self._clock())}))

    def _tell_before_long(self, news: GraphState) -> None:
        self._tell(news)
        if self._shares and self._alarm is None:
            delay = max(0.0, self._share_at - _now())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._share_in_background)

    def _tell(self, news: GraphState) -> None:
        self._exchange.news = self._exchange.news.plus(news)

    def _share_in_background(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._shares and (self._sharing is None or self._sharing.done()):
            self._sharing = asyncio.create_task(self.share())


def _now() -> float:
    return asyncio.get_running_loop().time()
