"""The schema of a format file: its keys, and the values that they may have.

`docs/formats.md` explains each key. A rule under `[[events]]` may repeat any key of `EventMapping` from the upper part
of the file. Then the rule's own value applies to its events.
"""

from functools import cache
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from activities.domain.terms import PersonReferenceKind
from activities.intake.formats.dates import DatePatterns
from activities.intake.formats.expressions import Expression
from activities.intake.formats.tables import Table
from activities.intake.formats.values import NumbersAre, Zone

Meaning = Literal[
    "course.assigned",
    "course.started",
    "course.progressed",
    "course.completed",
    "course.unassigned",
    "passed",
    "ignored",
    "refused",
]
# What a status word of the LMS may mean. An ignored one means nothing.
Word = Literal["notStarted", "inProgress", "completed", "ignored"]
# With these meanings, there's no event.
_NOTHING = frozenset({"ignored", "refused"})
# What a new enrolment may mean, depending on who enrolled the learner.
_BEGINNINGS = frozenset({"course.assigned", "course.started", "course.progressed"})


# A format's rules repeat what they inherit. The cache compiles each expression only once.
_compiled = cache(Expression)


def _compile(value: object) -> Expression:
    if isinstance(value, Expression):
        return value
    if isinstance(value, str):
        return _compiled(value)
    raise ValueError("must be text: a JMESPath expression")


Expr = Annotated[Expression, BeforeValidator(_compile)]


def _require_path(expression: Expression) -> Expression:
    if not expression.path:
        raise ValueError("must be names joined by dots, such as data.enrolments")
    return expression


PathExpr = Annotated[Expr, AfterValidator(_require_path)]


class PersonMapping(Table):
    """Where to find a person's identifier and, for an LMS account, its source.

    Without `source`, the account belongs to the LMS that sent the event.
    """

    id: Expr
    source: Expr | None = None


def _person_mapping(value: object) -> object:
    if isinstance(value, dict | PersonMapping):
        return value
    return PersonMapping(id=_compile(value))


PersonExpr = Annotated[PersonMapping, BeforeValidator(_person_mapping)]


# Ways to name a person. The first one with a value is used.
Person = dict[PersonReferenceKind, PersonExpr]


class Ratio(Table):
    """A percentage: `done` out of `of`."""

    done: Expr
    of: Expr


def _ratio(value: object) -> object:
    if isinstance(value, dict | Ratio):
        return value
    return Ratio(done=_compile(value), of=_compiled("`100`"))


class CourseMapping(Table):
    """Where to find the course's identifier. The first one with a value is used."""

    learning_content_id: Expr | None = Field(None, alias="learningContentId")
    external_id: Expr | None = Field(None, alias="externalId")


class EnrolmentMapping(Table):
    """Where to find what all events of an enrolment have in common. The enrolment's id is made from it.

    Without `learner` or `course`, the reference to the learner or course is used.
    """

    learner: Expr | None = None
    course: Expr | None = None
    cycle: Expr | None = None


class AssignmentMapping(Table):
    """Where to find the terms of an assignment."""

    type: Expr | None = None
    assigned_at: Expr | None = None
    due_at: Expr | None = None
    notes: Expr | None = None


class ProgressMapping(Table):
    """Where to find the learner's progress."""

    status: Expr | None = None
    percentage: Annotated[Ratio | None, BeforeValidator(_ratio)] = None
    started_at: Expr | None = None
    completed_at: Expr | None = None


class EventMapping(Table):
    """Where to find the native event's properties in an event of the LMS."""

    payload: Expr | None = None
    occurred_at: Expr | None = None
    kind: Expr | None = None
    terms: bool = False
    learner: Person = Field(default_factory=dict)
    assigner: Person = Field(default_factory=dict)
    course: CourseMapping = CourseMapping()
    enrolment: EnrolmentMapping = EnrolmentMapping()
    assignment: AssignmentMapping = AssignmentMapping()
    progress: ProgressMapping = ProgressMapping()


class EventRule(EventMapping):
    """What events of certain types mean. The first rule that fits an event applies. Case doesn't matter in types.

    `because` says why events are refused. `untyped` marks a rule that ignores events whose object has no type. It
    doesn't apply if the source is set to accept those. `renews` marks completions of enrolments that are completed
    again and again. A completion that follows another one begins a new cycle.
    """

    types: Annotated[list[str], Field(min_length=1)]
    when: Expr | None = None
    means: Meaning
    because: Annotated[str | None, Field(min_length=1)] = None
    enrols: bool = False
    starts_over: bool = False
    renews: bool = False
    untyped: bool = False

    @model_validator(mode="after")
    def _enrols_at_a_beginning(self) -> Self:
        if self.enrols and self.means not in _BEGINNINGS:
            raise ValueError(f"enrols is only for {', '.join(sorted(_BEGINNINGS))}")
        return self

    @model_validator(mode="after")
    def _marks_fit(self) -> Self:
        if self.starts_over and self.means in _NOTHING | {"course.unassigned"}:
            raise ValueError(f'starts_over can\'t go with means = "{self.means}"')
        if self.renews and self.means != "course.completed":
            raise ValueError("renews is only for course.completed")
        if self.untyped and self.means != "ignored":
            raise ValueError("untyped is only for ignored")
        if (self.because is None) == (self.means == "refused"):
            raise ValueError('because is required for means = "refused", and only allowed there')
        return self

    @model_validator(mode="after")
    def _require_learner_and_course(self) -> Self:
        if self.means not in _NOTHING | {"course.unassigned"}:
            if not self.learner:
                raise ValueError(f"no learner is declared; [learner] takes {', '.join(get_args(PersonReferenceKind))}")
            if self.course == CourseMapping():
                raise ValueError(f"no course is declared; [course] takes {', '.join(sorted(CourseMapping.keys()))}")
        return self


class Declaration(Table):
    """A format file."""

    recognise: Expr
    type: Expr
    split: PathExpr | None = None
    instance: Expr | None = None
    event_id: Expr | None = None
    numbers_are: NumbersAre | None = None
    dates_are: DatePatterns = ()
    time_zone: Zone | None = None
    statuses: dict[str, Word] = Field(default_factory=dict)
    events: Annotated[list[EventRule], Field(min_length=1)]

    @property
    def learner_reference_kinds(self) -> set[PersonReferenceKind]:
        """The kinds of references that the format can name learners by."""
        return {kind for rule in self.events for kind in rule.learner}

    @property
    def tells_enrolments(self) -> bool:
        """Whether the format can tell a new enrolment from an update of its terms."""
        return any(rule.enrols for rule in self.events)

    @property
    def knows_untyped(self) -> bool:
        """Whether a source may be set to accept objects without a type."""
        return any(rule.untyped for rule in self.events)

    @classmethod
    def keys(cls) -> set[str]:
        """The keys of the file: its own, and those that apply to all rules."""
        return super().keys() | EventMapping.keys()


def read_declaration(content: dict[str, object]) -> Declaration:
    """Validate the content of a format file.

    Raises:
        pydantic.ValidationError: a key is wrong. The error has its path.
    """
    shared = {key: value for key, value in content.items() if key in EventMapping.model_fields}
    # Validate these separately first, so that an error names the key's place in the file.
    EventMapping.model_validate(shared)
    declared = {key: value for key, value in content.items() if key not in shared}
    rules = declared.get("events")
    if isinstance(rules, list):
        declared["events"] = [_inherit(shared, rule) if isinstance(rule, dict) else rule for rule in rules]
    return Declaration.model_validate(declared)


def _inherit(shared: dict[str, object], rule: dict[str, object]) -> dict[str, object]:
    """Add the shared keys that a rule doesn't have itself, table by table and key by key."""
    merged = shared | rule
    for key, table in shared.items():
        own = rule.get(key)
        if isinstance(table, dict) and isinstance(own, dict):
            merged[key] = table | own
    return merged
