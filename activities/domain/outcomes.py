"""What became of a message, as a value: the one thing that handling a message returns.

Whatever an outcome asks for (a retry message, a dead letter) has been written durably before it is returned; the
shell then lets the host delete the message.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a message was dead-lettered. Stable: operators and scripts select by these codes."""

    MALFORMED = "malformed"
    INVALID_EVENT = "invalid_event"
    UNSUPPORTED_VERSION = "unsupported_version"
    LEARNER_NOT_FOUND = "learner_not_found"
    LEARNER_AMBIGUOUS = "learner_ambiguous"
    CONTENT_NOT_FOUND = "content_not_found"
    LEARNER_UNLICENSED = "learner_unlicensed"
    CONTENT_NOT_OWNED = "content_not_owned"
    REJECTED_BY_GRAPH = "rejected_by_graph"
    RETRIES_EXHAUSTED = "retries_exhausted"
    HOST_POISON = "host_poison"


class Action(StrEnum):
    """What a message that is done led to."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    MERGED = "merged"
    IGNORED = "ignored"
    SPLIT = "split"


class RetryReason(StrEnum):
    """Why a record is tried again later."""

    THROTTLED = "throttled"
    HOLD = "configuration_hold"
    UNCLEAR = "unclear_answer"
    LEASED = "leased"
    SETTLING = "settling"
    CONTENT_MISSING = "content_not_found"
    CONTENDED = "contended"


@dataclass(frozen=True, slots=True)
class Done:
    """The message's effect is durable and nothing is left to do for it."""

    action: Action


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again: a message on the retry queue shows itself after `after` seconds."""

    after: float
    reason: RetryReason


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Somebody has to look at this. `detail` names fields and codes, never learner data."""

    reason: Reason
    detail: str
    request_id: str | None = None


Outcome = Done | Retry | DeadLetter
