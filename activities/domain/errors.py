"""What can go wrong in the ledger and on the way to Graph.

    ActivitySyncError
    ├── RecordChanged           somebody else wrote the row of the ledger in between
    ├── LeaseLost               our lease ran out, and somebody else took over
    ├── NewerVersion            newer code has written the row or the envelope
    ├── ReferenceFailure        a learner, assigner or course was not found, or is ambiguous
    │   ├── LearnerNotFound
    │   ├── LearnerAmbiguous
    │   └── ContentNotFound     the catalogue may need days to show a course
    └── GraphError              a request failed, or could not be sent
        ├── ActivityNotFound    404
        ├── Rejected            Graph will never accept this event as it is
        ├── Unclear             nobody knows whether the request took effect
        ├── NotStarted          the lease would not outlast the request, so it was not sent
        ├── Settling            Graph may not show a change yet
        ├── Throttled           429, 503, or no admission
        └── ConfigurationFault  every event would fail

The docstring of each class says what the error means. `detail` never contains learner data.
"""

from activities.domain.outcomes import Reason


class ActivitySyncError(Exception):
    """Base of the errors in this module.

    Attributes:
        may_have_effect: whether a request may have changed something in Graph although it failed.
    """

    may_have_effect = False


class RecordChanged(ActivitySyncError):
    """The row changed between reading and writing. Read it again and plan again."""


class LeaseLost(ActivitySyncError):
    """The lease ran out and was taken over. What was learned must not be stored."""


class NewerVersion(ActivitySyncError):
    """A row or an envelope was written by newer code. It waits until newer code runs again."""


class ReferenceFailure(ActivitySyncError):
    """A reference in the event matches nothing, or more than one user."""

    reason = Reason.INVALID_EVENT

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class LearnerNotFound(ReferenceFailure):
    """There is no such user."""

    reason = Reason.LEARNER_NOT_FOUND


class LearnerAmbiguous(ReferenceFailure):
    """Several users match. A guess could show one person's learning to another."""

    reason = Reason.LEARNER_AMBIGUOUS


class ContentNotFound(ReferenceFailure):
    """The provider's catalogue in Viva Learning does not have the course (yet)."""

    reason = Reason.CONTENT_NOT_FOUND


class GraphError(ActivitySyncError):
    """A request to Graph failed, or could not be sent.

    Attributes:
        detail: operation, status and Graph's error code; no part of a message or a body.
        status: HTTP status, 0 if there was no response.
        request_id: Graph's id of the request, which Microsoft's support asks for.
    """

    def __init__(self, detail: str, *, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.request_id = request_id


class ActivityNotFound(GraphError):
    """404: there is no such activity, or Graph does not show it yet."""


class Rejected(GraphError):
    """Graph will never accept this event, unless somebody changes something."""

    def __init__(self, detail: str, *, reason: Reason, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(detail, status=status, request_id=request_id)
        self.reason = reason


class Unclear(GraphError):
    """A time-out, a lost connection or a 5xx: the request may have taken effect, or still may."""

    may_have_effect = True


class NotStarted(GraphError):
    """The lease would not outlast the request, so it was not sent."""


class Settling(GraphError):
    """Graph's response may be older than our last change. After `after` seconds it cannot be."""

    def __init__(self, detail: str, *, after: float) -> None:
        super().__init__(detail)
        self.after = after


class Throttled(GraphError):
    """Too many requests. `after` is the number of seconds to wait, if Graph or the admission gave one."""

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
    """A fault of identity, permission, provider or service plan: every event would fail."""
