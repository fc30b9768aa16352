"""What can go wrong on the way to Graph and in the ledger.

    ActivitySyncError
    ├── RecordChanged           the ledger row was written by somebody else meanwhile
    ├── LeaseLost               our lease ran out and somebody else took over
    ├── ReferenceFailure        a learner, assigner or course that cannot be resolved
    │   ├── LearnerNotFound
    │   ├── LearnerAmbiguous
    │   └── ContentNotFound     the catalogue may take days to show a course
    └── GraphError              Graph was asked, or could not be asked
        ├── ActivityNotFound    404
        ├── Rejected            this event will never be accepted as it is
        ├── Unclear             nobody knows whether the request took effect
        ├── NotStarted          the lease would not outlast the request, so it was not sent
        ├── Settling            Graph may show a change late: ask again when it must have
        ├── Throttled           429, 503, or our own pace
        └── ConfigurationFault  every event would fail: hold and alert

A class's docstring is its meaning; `detail` never holds learner data.
"""

from activities.domain.outcomes import Reason


class ActivitySyncError(Exception):
    """Base of everything that this project raises.

    Attributes:
        may_have_effect: whether a request may have changed something in Graph although it failed.
    """

    may_have_effect = False


class RecordChanged(ActivitySyncError):
    """The row changed between reading and writing it: read it again and decide again."""


class LeaseLost(ActivitySyncError):
    """The lease ran out and was taken over: what was learned must not be stored."""


class ReferenceFailure(ActivitySyncError):
    """A reference in the event leads to nobody, or to more than one."""

    reason = Reason.INVALID_EVENT

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class LearnerNotFound(ReferenceFailure):
    """The directory knows no such user."""

    reason = Reason.LEARNER_NOT_FOUND


class LearnerAmbiguous(ReferenceFailure):
    """More than one user matches: guessing could show one person's learning to another."""

    reason = Reason.LEARNER_AMBIGUOUS


class ContentNotFound(ReferenceFailure):
    """The provider's catalogue in Viva Learning does not have the course (yet)."""

    reason = Reason.CONTENT_NOT_FOUND


class GraphError(ActivitySyncError):
    """A request to Graph failed, or could not be sent.

    Attributes:
        detail: operation, status and Graph's error code; no part of a message or a body.
        status: HTTP status, 0 where there was no answer.
        request_id: Graph's id of the request, for its support.
    """

    def __init__(self, detail: str, *, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.request_id = request_id


class ActivityNotFound(GraphError):
    """404: there is no such activity, or Graph does not show it yet."""


class Rejected(GraphError):
    """Graph will not accept this event, now or later, unless somebody changes something about it."""

    def __init__(self, detail: str, *, reason: Reason, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(detail, status=status, request_id=request_id)
        self.reason = reason


class Unclear(GraphError):
    """A time-out, a lost connection, a 5xx: the request may have taken effect, or may yet."""

    may_have_effect = True


class NotStarted(GraphError):
    """There was too little time left under the lease to send the request."""


class Settling(GraphError):
    """Graph's answer may be older than our last change. `after`: seconds until it cannot be any more."""

    def __init__(self, detail: str, *, after: float) -> None:
        super().__init__(detail)
        self.after = after


class Throttled(GraphError):
    """Too many requests. `after` is how many seconds Graph (or our own pace) asks to wait, if it said so."""

    def __init__(
        self,
        detail: str,
        *,
        after: float | None,
        status: int = 0,
        request_id: str | None = None,
        may_have_effect: bool = False,
    ) -> None:
        super().__init__(detail, status=status, request_id=request_id)
        self.after = after
        self.may_have_effect = may_have_effect


class ConfigurationFault(GraphError):
    """Identity, permission, provider or service plan: no event would get through."""
