"""What can go wrong in storage and on the way to Graph.

    ActivitySyncError
    ├── RecordChanged           another invocation has written the row of the ledger in the meantime
    ├── LeaseLost               our lease ran out, and another invocation took over
    ├── NewerVersion            newer code has written the row or the envelope
    ├── Unhandled               what the host is told about an unexpected exception
    ├── StorageFault            a table or container is missing, inaccessible, or faulty
    ├── ReferenceFailure        a learner, assigner or course wasn't found, or is ambiguous
    │   ├── LearnerNotFound
    │   ├── LearnerAmbiguous
    │   ├── ContentNotFound     the catalogue may take days to show a course
    │   └── IdentityConflict    the event or the activity belongs to somebody else
    └── GraphError              a request failed, or couldn't be sent
        ├── ActivityNotFound    404
        ├── Rejected            Graph said what's wrong with this record
        ├── Refused             Graph refused with an error that the app doesn't know
        ├── Unclear             nobody knows whether the request took effect
        ├── NotStarted          the lease wouldn't outlast the request, so it wasn't sent
        ├── Settling            Graph may not show a change yet
        ├── Throttled           429, 503, or no admission
        └── EverybodysFault     as far as the app can tell, every event would fail
            └── UriRefused      Graph doesn't understand the URL

Each class's docstring says what the error means. `detail` never contains learner data.
"""

from activities.domain.outcomes import Reason
from activities.domain.terms import RequestKind


class ActivitySyncError(Exception):
    """Base of the errors in this module.

    Attributes:
        may_have_effect: whether a failed request may have changed something in Graph.
    """

    may_have_effect = False


class RecordChanged(ActivitySyncError):
    """The row changed between reading and writing. Read it and plan again."""


class LeaseLost(ActivitySyncError):
    """The lease ran out, and another invocation took over. What was learned must not be stored."""


class NewerVersion(ActivitySyncError):
    """Newer code wrote a row or an envelope. The message waits until newer code runs again."""


class Unhandled(ActivitySyncError):
    """A message could be neither handled nor put back. The error says where, but not what the message was."""


class StorageFault(ActivitySyncError):
    """A table or container is missing, inaccessible, or faulty, so no event would get through.

    Attributes:
        place: which one, for example `ledger`.
        detail: the status and error code.
    """

    def __init__(self, place: str, detail: str) -> None:
        super().__init__(f"{place}: {detail}")
        self.place = place
        self.detail = detail


class ReferenceFailure(ActivitySyncError):
    """A reference leads to nothing, to more than one user, or to somebody else."""

    reason = Reason.INVALID_EVENT

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class LearnerNotFound(ReferenceFailure):
    """There's no such user."""

    reason = Reason.LEARNER_NOT_FOUND


class LearnerAmbiguous(ReferenceFailure):
    """Several users match. A guess could show one person's learning to another."""

    reason = Reason.LEARNER_AMBIGUOUS


class ContentNotFound(ReferenceFailure):
    """The provider's catalogue in Viva Learning doesn't have the course (yet)."""

    reason = Reason.CONTENT_NOT_FOUND


class IdentityConflict(ReferenceFailure):
    """The event or activity belongs to a different source, learner or course than its record."""

    reason = Reason.IDENTITY_CONFLICT


class GraphError(ActivitySyncError):
    """A request to Graph failed, or couldn't be sent.

    Attributes:
        detail: the operation, the status and Graph's error code. It has no part of a message or body.
        status: the HTTP status, or 0 if there was no response.
        request_id: Graph's id of the request, which Microsoft's support asks for.
        kind: the kind of request. It's empty if the record itself was the reason for not sending one.
    """

    kind: RequestKind = ""

    def __init__(self, detail: str, *, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.request_id = request_id


class ActivityNotFound(GraphError):
    """404: there's no such activity, or Graph doesn't show it yet."""


class Rejected(GraphError):
    """Graph said what's wrong with this record. It won't accept the record until somebody changes something."""

    def __init__(self, detail: str, *, reason: Reason, status: int = 0, request_id: str | None = None) -> None:
        super().__init__(detail, status=status, request_id=request_id)
        self.reason = reason


class Refused(GraphError):
    """Graph refused with an error that the app doesn't know. It may concern only this record, or all of them."""


class Unclear(GraphError):
    """A timeout, a lost connection or a 5xx: the request may have taken effect, or may still do so."""

    may_have_effect = True


class NotStarted(GraphError):
    """The lease wouldn't outlast the request, so it wasn't sent."""


class Settling(GraphError):
    """Graph's response may be older than our last change. After `after` seconds, that's no longer possible."""

    def __init__(self, detail: str, *, after: float) -> None:
        super().__init__(detail)
        self.after = after


class Throttled(GraphError):
    """There were too many requests. `after` is how many seconds to wait, or None if Graph didn't say."""

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
    """As far as the app can tell, every event would fail.

    The fault is in the identity, a permission, the provider, the service plan or the connection. With `wait`, nothing
    was sent, because requests of this kind are on hold. Another try makes sense after that many seconds.
    """

    def __init__(
        self, detail: str, *, status: int = 0, request_id: str | None = None, wait: float | None = None
    ) -> None:
        super().__init__(detail, status=status, request_id=request_id)
        self.wait = wait

    @property
    def held(self) -> bool:
        """Whether nothing was sent because this kind of request is on hold."""
        return self.wait is not None


class UriRefused(EverybodysFault):
    """Graph doesn't understand the URL. The app built it, so no event is to blame."""
