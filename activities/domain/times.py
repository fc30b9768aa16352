"""The times that the sync rules use, and all the arithmetic with them."""

from dataclasses import dataclass

from activities.domain.sync_parts import Activity, Lease


@dataclass(frozen=True, slots=True)
class Times:
    """How long things take, in seconds. Instants are seconds since 1970.

    Args:
        deadline: how long one request to Graph may take in total. It's less than the lease.
        lease: how long a record belongs to one invocation.
        margin: how much the clocks of two instances may differ.
        settle: how late Graph may show a change.
        kind_grace: how long a completion waits for an event that says what kind the activity is.
    """

    deadline: float
    lease: float
    margin: float
    settle: float
    kind_grace: float = 120.0

    @property
    def shortest_retry(self) -> float:
        """The shortest delay of a retry. With a shorter one, setting a retry mark would be pointless."""
        return 2 * self.margin

    def leased(self, owner: str, now: float) -> Lease:
        """Return a lease that begins now."""
        return Lease(owner, now + self.lease)

    def outlasts(self, lease: Lease | None, now: float) -> bool:
        """Return whether a request that starts now ends within the lease."""
        return lease is not None and now + self.deadline <= lease.until

    def free_from(self, lease: Lease) -> float:
        """Return when the lease is over by every clock. From then on, another invocation may take it."""
        return lease.until + self.margin

    def conclusive_from(self, lease: Lease) -> float:
        """Return the time from which a lookup certainly shows what a request under this lease has created."""
        return lease.until + self.margin + self.settle

    def shows_from(self, activity: Activity) -> float:
        """Return the time from which Graph certainly shows an activity, so that a 404 can be believed."""
        return activity.since + self.margin + self.settle

    def mark_until(self, due: float) -> float:
        """Return when the retry mark lapses if its message becomes visible at `due`.

        It lapses a margin earlier. Otherwise the invocation that receives the message might wait for that same message.
        """
        return due - self.margin
