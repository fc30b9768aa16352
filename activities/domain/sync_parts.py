"""The parts of what is known of an enrolment's activity: each is there as a whole, or not at all.

Times are seconds since 1970.
"""

from dataclasses import dataclass
from typing import Literal

from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds, RequestKind


@dataclass(frozen=True, slots=True)
class Activity:
    """The activity in Graph: its id there, since when it exists, and the digest of what Graph last acknowledged.

    `acknowledged` is None while it is uncertain what Graph has. `completed` says that Graph may show it as completed.
    """

    id: str
    since: float
    immutable: ImmutablePart
    acknowledged: str | None = None
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """An unclear create: a request that may have taken effect, or still may.

    From `conclusive_from` on, a lookup in Graph shows what became of it. Without `immutable`, nothing is known of it:
    the ledger was lost, and Graph may have the activity of an enrolment that is new to the ledger.
    """

    conclusive_from: float
    immutable: ImmutablePart | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Whose activity the record has or had: Graph's ids, and when the references last led to them."""

    ids: OwnerIds
    confirmed: float


@dataclass(frozen=True, slots=True)
class Replacing:
    """The activity is deleted in order to create one of another type.

    If Graph refuses that one, the former is brought back before anything else (`restores`).
    """

    former: ActivityType
    wanted: ActivityType
    restores: bool = False


@dataclass(frozen=True, slots=True)
class RefusedType:
    """Graph refused to have the activity with the type that is wanted, so it has the former one.

    If that may not be the record's own fault, it is tried again at `until`, or as soon as more than `seen` requests of
    that kind have succeeded, whoever sent them.
    """

    wanted: ActivityType
    former: ActivityType
    until: float | None = None
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """Until `until`, the record belongs to one invocation. `owner` is the random name of that invocation."""

    owner: str
    until: float


@dataclass(frozen=True, slots=True)
class RetryMark:
    """Until `until`, only the retry message with this nonce may conclude anything about the record.

    With `awaits_kind`, an event that tells the kind of the activity may do so too.
    """

    nonce: str
    until: float
    awaits_kind: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """The activity that stays in Graph when its record is forgotten, for a later event of the same learner to go on.

    Attributes:
        id: its id in Graph.
        conclusive_from: when a lookup certainly shows it as it is.
        source: the LMS that the record belonged to.
        learner, course: hashes of Graph's ids of its owner.
    """

    id: str
    conclusive_from: float
    source: str
    learner: str
    course: str


@dataclass(frozen=True, slots=True)
class Failing:
    """The failures in a row since Graph last acknowledged the record. `retry_policy` says what they lead to.

    Attributes:
        tries: how many there were.
        kind: which kind of request failed last.
        seen: how many requests of that kind had succeeded then, whoever sent them.
        at: when that was.
        missing: the last response was that the catalogue does not have the course.
        refusals: how many unknown refusals there were with successes of others in between.
        unclear: for how many seconds responses were unclear while others got through.
        absent: for how many seconds the catalogue did not have the course.
        detail: what the latest of these failures was, for operators. It has no learner data.
    """

    tries: int = 0
    kind: RequestKind = ""
    seen: int = 0
    at: float = 0.0
    missing: bool = False
    refusals: int = 0
    unclear: float = 0.0
    absent: float = 0.0
    detail: str = ""


# What would be sent first if the record were not held back; or what an operator has asked for, as a control message.
HeldStep = Literal["create", "update", "delete", "replace", "rebind", "forget", "forget-activity"]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """The record is in shadow: since when a step towards the desired state is not taken, and which.

    `ids` are what the references of its owner led to.
    """

    since: float
    step: HeldStep
    ids: OwnerIds


# What differs if Graph does not have the activity at all.
GONE = "activity"


@dataclass(frozen=True, slots=True)
class Check:
    """When the activity was last compared with Graph, what Graph had (JSON), and which of its values differed."""

    at: float
    found: str
    differed: str
