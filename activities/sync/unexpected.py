"""What follows when the handling of a message fails for a reason that nobody knows: a defect, or a library's surprise.

It is treated like a refusal in unknown words. The message is retried, and given up only on evidence: other messages
have been handled in between, several times.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from activities.domain.errors import Refused
from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Reason, Retry, RetryReason
from activities.domain.retry_policy import RetryPolicy, failing_after
from activities.domain.sync_state import SyncState
from activities.sync.ports import Graph

# Handled messages are counted like requests of this kind.
HANDLED = "message"


@dataclass(frozen=True, slots=True)
class Unexpected:
    """Counts the messages that are handled, and the failures of each message that is not.

    Args:
        policy: says after how many failures a message is given up.
        graph: tells all processes what has succeeded.
        clock: gives seconds since 1970.
    """

    policy: RetryPolicy
    graph: Graph
    clock: Callable[[], float]

    def handled(self) -> None:
        """A message was handled, and its effect is durable."""
        self.graph.count(HANDLED)

    async def after(self, message: Message, detail: str) -> tuple[Message, Retry | DeadLetter]:
        """Return the message with this failure added, and what follows from it. `detail` says where it failed."""
        await self.graph.listen()
        error, now = Refused(detail), self.clock()
        error.kind = HANDLED
        failing = failing_after(message.failing, error, self.graph.successes(HANDLED), now)
        decision = self.policy.decide(error, SyncState(failing=failing), now)
        if isinstance(decision, DeadLetter):
            tries = f"{failing.refusals} tries failed while other messages were handled: {detail}"
            return message, DeadLetter(Reason.HOST_POISON, tries)
        return replace(message, failing=failing), replace(decision, reason=RetryReason.UNEXPECTED)
