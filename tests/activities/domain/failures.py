"""Failures of each sort, and the policy that the retry tests use."""

from activities.domain.errors import (
    ContentNotFound,
    EverybodysFault,
    GraphError,
    IdentityConflict,
    LearnerAmbiguous,
    LearnerNotFound,
    NotStarted,
    Refused,
    Rejected,
    Settling,
    Throttled,
    Unclear,
)
from activities.domain.outcomes import Reason
from activities.domain.retry_policy import RetryPolicy
from activities.domain.terms import RequestKind
from activities.domain.times import Times

HOUR = 3600.0
RETRIES, CONTENT = 48 * HOUR, 72 * HOUR
TIMES = Times(deadline=40, lease=60, margin=10, settle=60)
POLICY = RetryPolicy(TIMES, patience=RETRIES, content_patience=CONTENT, blame_tries=5)
NOW = 10_000_000.0
CREATE, READ = "create/assignment", "read/assignment"


def of_kind[Error: GraphError](error: Error, kind: RequestKind = CREATE) -> Error:
    """Return an error of a request of this kind."""
    error.kind = kind
    return error


# Graph said what's wrong, or the app knows.
REJECTED = of_kind(Rejected("create: 400", reason=Reason.LEARNER_UNLICENSED, status=400, request_id="r-1"))
NOBODY, SEVERAL, CONFLICT = LearnerNotFound("?"), LearnerAmbiguous("?"), IdentityConflict("?")
MISSING = ContentNotFound("?")
# As far as can be told, everybody would fail.
EVERYBODY = of_kind(EverybodysFault("create: 403", status=403, request_id="r-3"))
DISCONNECTED = of_kind(EverybodysFault("create: no connection"))
UNAUTHORISED = of_kind(EverybodysFault("create: 401", status=401))
HELD = of_kind(EverybodysFault("create: held", wait=1.0))
# Nobody knows whose fault it is.
REFUSED = of_kind(Refused("create: 403", status=403, request_id="r-4"))
UNCLEAR = of_kind(Unclear("create: 500", status=500, request_id="r-2"))
UNCLEAR_READ = of_kind(Unclear("get: 500", status=500), READ)
# Nobody's fault.
THROTTLED = of_kind(Throttled("create: 429", after=30.0, status=429))
LATE, YOUNG = NotStarted("late"), Settling("young", after=7.0)
