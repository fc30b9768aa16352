"""How a record and Graph come together, one request at a time: which step is next, and what its answer teaches.

Pure: every function takes a state and returns a new one. The order in which they are called, and what is stored in
between, is `sync`'s business.
"""

from dataclasses import replace
from enum import StrEnum

from activities.domain.record import SyncState, Wanted


class Step(StrEnum):
    """A request to Graph."""

    LOOKUP = "lookup"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


def next_step(state: SyncState, want: Wanted | None) -> Step | None:
    """The request that brings Graph closer to what is wanted; None where Graph has acknowledged it.

    An unclear create is resolved before anything else, whatever is wanted. A replace is a delete, then a create.
    """
    if state.attempt_until is not None:
        return Step.LOOKUP
    if state.activity_id is None:
        return None if want is None else Step.CREATE
    if want is None or state.fixed != want.fixed:
        return Step.DELETE
    return None if state.acknowledged == want.digest else Step.UPDATE


def creates(state: SyncState, want: Wanted | None) -> bool:
    """Whether a create is certain to come, so that its references can be resolved before anything is written."""
    step = next_step(state, want)
    return want is not None and step in (Step.CREATE, Step.DELETE)


def ahead(state: SyncState, step: Step, want: Wanted | None, *, owner: str, until: float) -> SyncState:
    """What has to be on record before a request is sent: the lease, and for a create the attempt."""
    claimed = replace(state, lease_owner=owner, lease_until=until, acknowledged=None)
    if step is Step.CREATE and want is not None:
        return replace(claimed, attempt_until=until, fixed=want.fixed)
    return claimed


def created(state: SyncState, activity_id: str, digest: str, now: float) -> SyncState:
    """Graph acknowledged a create."""
    return replace(
        state, activity_id=activity_id, activity_since=now, attempt_until=None, acknowledged=digest, deleted_id=None
    )


def updated(state: SyncState, digest: str) -> SyncState:
    """Graph acknowledged an update."""
    return replace(state, acknowledged=digest)


def deleted(state: SyncState) -> SyncState:
    """The activity is gone. Its id is remembered, because a lookup may show it for a while yet."""
    return replace(state, activity_id=None, deleted_id=state.activity_id, fixed=None)


def vanished(state: SyncState, now: float) -> SyncState:
    """An update met 404 although the activity was old enough to show: look it up before creating another.

    Nobody here deleted it, so a lookup that finds it is believed: the 404 was wrong.
    """
    return replace(state, activity_id=None, attempt_until=now)


def found(state: SyncState, activity_id: str, now: float) -> SyncState:
    """A lookup found what an unclear create made. Only the id is adopted: its body may be an older one."""
    return replace(state, activity_id=activity_id, activity_since=now, attempt_until=None)


def absent(state: SyncState) -> SyncState:
    """The attempt is over without an activity: a lookup in time found none, or the create certainly failed."""
    return replace(state, attempt_until=None, fixed=None)


def free(state: SyncState) -> SyncState:
    """Without the lease."""
    return replace(state, lease_owner=None, lease_until=0.0)


def settled(state: SyncState) -> SyncState:
    """Graph has acknowledged what is wanted: nobody works on it, nothing fails."""
    return replace(free(state), failing_since=None, missing_since=None, failures=0, parked=None)
