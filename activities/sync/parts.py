"""What the work on records needs, put together once per process."""

from collections.abc import Callable
from dataclasses import dataclass

from activities.domain.retry_policy import RetryPolicy
from activities.domain.shadow import LIVE, Shadow
from activities.domain.times import Times
from activities.sync.ports import Delivery, Graph, Ledger, Letters
from activities.sync.references import References

# So many requests of the longest kind the work on a record may take.
REQUESTS = 15
# How often a record may change while we write it before the queue takes over.
ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Parts:
    """What the work needs.

    Attributes:
        clock: gives seconds since 1970.
        provider_id: the learning provider whose activities these are.
        rebuilds: the ledger was lost, so the activity of a record that is new to it may exist already.
        shadow: whose activities may not be written.
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
