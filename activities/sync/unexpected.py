"""What happens when handling a message fails for an unknown reason, such as a bug here or in a library.

It's treated like a refusal with an unknown message. The message is retried, and given up only on evidence: several
times in between, Graph has acknowledged what other messages led to, and few others fail at the same place.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from activities.domain.errors import Refused
from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Reason, Retry, RetryReason
from activities.domain.retry_policy import RetryPolicy, failing_after
from activities.domain.sync_state import SyncState
from activities.sync.ports import Graph

# Messages that were handled completely are counted as if they were requests of this kind.
HANDLED = "message"
# If this many different messages fail at one place within this many seconds, none of them is to blame.
_MESSAGES, _SECONDS = 3, 3600.0


@dataclass(frozen=True, slots=True)
class Unexpected:
    """Counts the messages that are handled, and the failures of each message that isn't.

    Args:
        policy: says after how many failures a message is given up.
        graph: tells all processes what has succeeded.
        clock: gives seconds since 1970.
    """

    policy: RetryPolicy
    graph: Graph
    clock: Callable[[], float]
    # For each place, which messages failed there (by hash), and when.
    _failed: dict[str, dict[bytes, float]] = field(default_factory=dict)

    def handled(self) -> None:
        """Note that Graph has acknowledged what a message led to."""
        self.graph.count(HANDLED)

    def begun(self, message: Message) -> Message:
        """Return a message for another try. Unless that fails too, earlier failures no longer count."""
        forgets = message.failing is not None and message.failing.kind == HANDLED
        return replace(message, failing=None) if forgets else message

    async def after(self, message: Message, detail: str) -> tuple[Message, Retry | DeadLetter]:
        """Return the message with this failure added, and what the failure leads to. `detail` says where it failed."""
        await self.graph.listen()
        error, now = Refused(detail), self.clock()
        error.kind = HANDLED
        failing = failing_after(message.failing, error, self.graph.successes(HANDLED), now)
        if self._is_everybodys(message, detail, now) and message.failing is not None:
            failing = replace(failing, refusals=message.failing.refusals)
        decision = self.policy.decide(error, SyncState(failing=failing), now)
        if isinstance(decision, DeadLetter):
            tries = f"{failing.refusals} tries failed while other messages were handled: {detail}"
            return message, DeadLetter(Reason.HOST_POISON, tries)
        anew = message.redriven or (message.from_operator and message.nonce is None)
        tried = replace(message, failing=failing, redriven=anew)
        return tried, replace(decision, reason=RetryReason.UNEXPECTED)

    def _is_everybodys(self, message: Message, place: str, now: float) -> bool:
        """Note a failure, and return whether several different messages have recently failed at this place."""
        lately = {body: at for body, at in self._failed.get(place, {}).items() if now - at < _SECONDS}
        digest = hashlib.sha256(message.body).digest()
        if digest in lately or len(lately) < _MESSAGES:
            lately[digest] = now
        self._failed[place] = lately
        return len(lately) >= _MESSAGES
