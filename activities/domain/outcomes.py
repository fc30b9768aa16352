"""What became of a message: the value that handling it returns.

If an outcome stands for a retry message or a dead letter, that's stored before the outcome is returned. So the host may
delete the message.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a message became a dead letter. These codes never change, because operators and scripts select by them."""

    MALFORMED = "malformed"
    INVALID_EVENT = "invalid_event"
    UNSUPPORTED_VERSION = "unsupported_version"
    LEARNER_NOT_FOUND = "learner_not_found"
    LEARNER_AMBIGUOUS = "learner_ambiguous"
    CONTENT_NOT_FOUND = "content_not_found"
    LEARNER_UNLICENSED = "learner_unlicensed"
    CONTENT_NOT_OWNED = "content_not_owned"
    IDENTITY_CONFLICT = "identity_conflict"
    REJECTED_BY_GRAPH = "rejected_by_graph"
    RETRIES_EXHAUSTED = "retries_exhausted"
    HOST_POISON = "host_poison"


class Action(StrEnum):
    """What a message led to."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    REPLACED = "replaced"
    REBOUND = "rebound"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    IGNORED = "ignored"
    SPLIT = "split"
    CHECKED = "checked"
    HELD_BACK = "held_back"
    FORGOTTEN = "forgotten"
    ANSWERED = "answered"


class RetryReason(StrEnum):
    """Why a message is retried later."""

    THROTTLED = "throttled"
    HOLD = "configuration_hold"
    UNCLEAR = "unclear_response"
    REFUSED = "refused"
    AWAITING_KIND = "awaiting_kind"
    LEASED = "leased"
    SETTLING = "settling"
    CONTENT_MISSING = "content_not_found"
    CONTENDED = "contended"
    NEWER_VERSION = "newer_version"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True, slots=True)
class Done:
    """The message's effect is durable, and there's nothing left to do."""

    action: Action


@dataclass(frozen=True, slots=True)
class Retry:
    """A message on the retry queue becomes visible after `after` seconds."""

    after: float
    reason: RetryReason


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Somebody has to look at the message. `detail` contains fields and codes, but no learner data."""

    reason: Reason
    detail: str
    request_id: str | None = None


Outcome = Done | Retry | DeadLetter
