"""The parts that the work on records needs. They're put together once per process."""

from collections.abc import Callable
from dataclasses import dataclass

from activities.domain.retry_policy import RetryPolicy
from activities.domain.shadow import LIVE, Shadow
from activities.domain.times import Times
from activities.sync.ports import Delivery, Graph, Ledger, Letters
from activities.sync.references import References

# The time limit for the work on a record, as a multiple of the deadline of one request.
REQUESTS = 15
# How many times a record may change while we write it. After that, the queue takes over.
ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that the work needs.

    Attributes:
        clock: gives seconds since 1970.
        provider_id: the learning provider whose activities these are.
        rebuilds: whether the ledger was lost, so Graph may already have the activity of a record that's new to it.
        shadow: whose activities must not be written.
    """

    ledger: Ledger
    graph: Graph
    references: References
    delivery: Delivery
    letters: Letters
    policy: RetryPolicy
    clock: Callable[[], float]
    provider_id: str
    rebuilds: bool = False
    shadow: Shadow = LIVE

    @property
    def times(self) -> Times:
        """The times of the sync rules."""
        return self.policy.times
