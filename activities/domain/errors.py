"""What can go wrong in storage and on the way to Graph.

    ActivitySyncError
    ├── RecordChanged           somebody else wrote the row of the ledger in between
    ├── LeaseLost               our lease ran out, and somebody else took over
    ├── NewerVersion            newer code has written the row or the envelope
    ├── Unhandled               what the host is told of an exception that nobody knows
    ├── StorageFault            a table or container is missing, closed to the app, or ill
    ├── ReferenceFailure        a learner, assigner or course was not found, or is ambiguous
    │   ├── LearnerNotFound
    │   ├── LearnerAmbiguous
    │   ├── ContentNotFound     the catalogue may need days to show a course
    │   └── IdentityConflict    the event or the activity belongs to somebody else
    └── GraphError              a request failed, or could not be sent
        ├── ActivityNotFound    404
        ├── Rejected            Graph said what is wrong with this record
        ├── Refused             a refusal in words that nobody knows
        ├── Unclear             nobody knows whether the request took effect
        ├── NotStarted          the lease would not outlast the request, so it was not sent
        ├── Settling            Graph may not show a change yet
        ├── Throttled           429, 503, or no admission
        └── EverybodysFault     every event would fail, as far as can be told
            └── UriRefused      Graph does not understand the URL

The docstring of each class says what the error means. `detail` never contains learner data.
"""

from activities.domain.outcomes import Reason
from activities.domain.terms import RequestKind


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


class Unhandled(ActivitySyncError):
    """A message could not be handled, nor put back. It says where, but not what the message was."""


class StorageFault(ActivitySyncError):
    """A table or container is missing, closed to the app, or ill, so no event would get through.

    Attributes:
        place: which one, for example `ledger`.
        detail: status and error code.
    """

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(f"{place}: {detail}")
        self.place = place
        self.detail = detail


class ReferenceFailure(ActivitySyncError):
    """A reference matches nothing, or more than one user, or somebody else."""

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


class IdentityConflict(ReferenceFailure):
    """The event or the activity belongs to another source, learner or course than the record does."""

    reason = Reason.IDENTITY_CONFLICT


class GraphError(ActivitySyncError):
    """A request to Graph failed, or could not be sent.

    Attributes:
        detail: operation, status and Graph's error code; no part of a message or a body.
        status: HTTP status, 0 if there was no response.
        request_id: Graph's id of the request, which Microsoft's support asks for.
        kind: which kind of request it was, empty if it was not sent for a reason of the record's own.
    """

    kind: RequestKind = ""

    def __init__(self, detail: str, *, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.request_id = request_id


class ActivityNotFound(GraphError):
    """404: there is no such activity, or Graph does not show it yet."""


class Rejected(GraphError):
    """Graph said what is wrong with this record. It will not accept it unless somebody changes something."""

    def __init__(self, detail: str, *, reason: Reason, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(detail, status=status, request_id=request_id)
        self.reason = reason


class Refused(GraphError):
    """Graph refused in words that nobody knows. That may be about this record, or about everybody's."""


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
    """Too many requests. `after` is the number of seconds to wait, None if Graph named no time."""

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


class EverybodysFault(GraphError):
    """As far as can be told, every event would fail: a fault of identity, permission, provider, plan or connection.

    With `wait`, nothing was sent, because such a fault holds all requests of this kind. It is worth another try after
    so many seconds.
    """

    def __init__(
        self, detail: str, *, status: int = 0, request_id: str | None = None, wait: float | None = None
    ) -> None:
        super().__init__(detail, status=status, request_id=request_id)
        self.wait = wait

    @property
    def held(self) -> bool:
        """Whether nothing was sent, because a fault holds this kind of request."""
        return self.wait is not None


class UriRefused(EverybodysFault):
    """Graph does not understand the URL. The app made it, so no event is to blame."""
