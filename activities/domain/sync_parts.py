"""The parts of a sync state. Each part is either complete or absent.

Times are seconds since 1970.
"""

from dataclasses import dataclass
from typing import Literal

from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds, RequestKind


@dataclass(frozen=True, slots=True)
class Activity:
    """The activity in Graph: its id, when it was created or found, and the digest of what Graph last acknowledged.

    `acknowledged` is None while it's uncertain what Graph has. `completed` means that Graph may show it as completed.
    """

    id: str
    since: float
    immutable: ImmutablePart
    acknowledged: str | None = None
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """An unclear create: a request that may have taken effect, or may still do so.

    From `conclusive_from` on, a lookup in Graph shows what became of it. Without `immutable`, nothing is known about
    it. For example, the ledger was lost, and Graph may have the activity of an enrolment that's new to the ledger.
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
    """A replace: the activity is deleted, so that one of another type can be created.

    If Graph refuses the new one, the former one is brought back before anything else (`restores`).
    """

    former: ActivityType
    wanted: ActivityType
    restores: bool = False


@dataclass(frozen=True, slots=True)
class RefusedType:
    """A refusal: Graph didn't accept the wanted type, so the activity has its former one.

    If that may not be the record's own fault, the app tries again at `until`, or as soon as more than `seen` requests
    of that kind have succeeded in all processes.
    """

    wanted: ActivityType
    former: ActivityType
    until: float | None = None
    seen: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim to a record: until `until`, it belongs to one invocation. `owner` is that invocation's random name."""

    owner: str
    until: float


@dataclass(frozen=True, slots=True)
class RetryMark:
    """A note that a retry is on its way: until `until`, only the message with this nonce may act on the record.

    With `awaits_kind`, an event that says what kind the activity is may do so too.
    """

    nonce: str
    until: float
    awaits_kind: bool = False


@dataclass(frozen=True, slots=True)
class Left:
    """An activity that stays in Graph after its record is forgotten. The same learner's next event continues with it.

    Attributes:
        id: its id in Graph.
        conclusive_from: from then on, a lookup certainly shows it as it is.
        source: the LMS that the record belonged to.
        learner, course: hashes of Graph's ids for the owner's learner and course.
    """

    id: str
    conclusive_from: float
    source: str
    learner: str
    course: str


@dataclass(frozen=True, slots=True)
class Failing:
    """The failures in a row since Graph last acknowledged the record. `retry_policy` decides what they lead to.

    Attributes:
        tries: how many there have been.
        kind: which kind of request failed last.
        seen: how many requests of that kind had succeeded by then, in all processes.
        at: when it failed.
        missing: the last response was that the catalogue doesn't have the course.
        refusals: how many unknown refusals there have been, with successes of others in between.
        unclear: for how many seconds responses have been unclear while others got through.
        absent: for how many seconds the catalogue hasn't had the course.
        detail: the latest of these failures, for operators. It contains no learner data.
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


# What would be sent first if the record weren't held back, or what an operator has asked for in a control message.
HeldStep = Literal["create", "update", "delete", "replace", "rebind", "forget", "forget-activity"]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A step that isn't taken because the record is in shadow, and when that began.

    `ids` are what the references of the record's owner led to.
    """

    since: float
    step: HeldStep
    ids: OwnerIds


# What a check names as the difference if Graph doesn't have the activity at all.
GONE = "activity"


@dataclass(frozen=True, slots=True)
class Check:
    """When the activity was last compared with Graph, what Graph had (JSON), and which of its values differed."""

    at: float
    found: str
    differed: str
