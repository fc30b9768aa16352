"""The shape of a format file: which keys there are, and what stands in them.

`docs/formats.md` explains each key. A rule under `[[events]]` may say any key of the file's upper part anew, for its
own events.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from activities.intake.formats.expressions import Expression
from activities.intake.formats.sources import Reference, Zone
from activities.intake.formats.values import NumbersAre

Meaning = Literal[
    "course.assigned",
    "course.started",
    "course.progressed",
    "course.completed",
    "course.unassigned",
    "passed",
    "ignored",
]
NativeStatus = Literal["notStarted", "inProgress", "completed"]


def _compile(value: object) -> object:
    return Expression(value) if isinstance(value, str) else value


Expr = Annotated[Expression, BeforeValidator(_compile)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Account(_Table):
    """An account of the LMS; its source is the event's own unless the payload names one."""

    id: Expr
    source: Expr | None = None


def _account(value: object) -> object:
    return Account(id=Expression(value)) if isinstance(value, str) else value


AccountExpr = Annotated[Account, BeforeValidator(_account)]


class Ratio(_Table):
    """A percentage: `done` out of `of`."""

    done: Expr
    of: Expr


def _ratio(value: object) -> object:
    return Ratio(done=Expression(value), of=Expression("`100`")) if isinstance(value, str) else value


class Course(_Table):
    """Where the course is; the first that has a value counts."""

    learning_content_id: Expr | None = Field(None, alias="learningContentId")
    external_id: Expr | None = Field(None, alias="externalId")


class Enrolment(_Table):
    """The enrolment: its id, or else what makes it the same one in all of its events."""

    id: Expr | None = None
    learner: Expr | None = None
    course: Expr | None = None
    cycle: Expr | None = None


class Assignment(_Table):
    """The terms of an assignment."""

    type: Expr | None = None
    assigned_at: Expr | None = None
    due_at: Expr | None = None
    notes: Expr | None = None


class Progress(_Table):
    """How far the learner is."""

    status: Expr | None = None
    percentage: Annotated[Ratio | None, BeforeValidator(_ratio)] = None
    started_at: Expr | None = None
    completed_at: Expr | None = None


class Plan(_Table):
    """Where everything is in the events of one rule."""

    payload: Expr | None = None
    occurred_at: Expr | None = None
    kind: Expr | None = None
    terms: bool = False
    learner: dict[Reference, AccountExpr] = Field(default_factory=dict)
    assigner: dict[Reference, AccountExpr] = Field(default_factory=dict)
    course: Course = Course()
    enrolment: Enrolment = Enrolment()
    assignment: Assignment = Assignment()
    progress: Progress = Progress()


class Rule(Plan):
    """What one or several types of events mean. The first rule that fits counts."""

    types: Annotated[list[str], Field(min_length=1)]
    when: Expr | None = None
    means: Meaning


class Head(_Table):
    """What holds for all events of a format."""

    recognise: Expr
    type: Expr
    split: Annotated[str, Field(min_length=1)] | None = None
    instance: Expr | None = None
    event_id: Expr | None = None
    numbers_are: NumbersAre | None = None
    time_zone: Zone | None = None
    statuses: dict[str, NativeStatus] = Field(default_factory=dict)
    events: Annotated[list[Rule], Field(min_length=1)]

    @model_validator(mode="after")
    def _says_who_and_what(self) -> Self:
        for number, rule in enumerate(self.events):
            if rule.means not in ("ignored", "course.unassigned"):
                if not rule.learner:
                    raise ValueError(f"events.{number}: no learner is declared")
                if rule.course == Course():
                    raise ValueError(f"events.{number}: no course is declared")
        return self


def declaration(content: dict[str, object]) -> Head:
    """Check the content of a format file.

    Raises:
        pydantic.ValidationError: with the path of the key that is wrong.
    """
    shared = {key: value for key, value in content.items() if key in Plan.model_fields}
    # First by itself, so that an error names the key where it stands.
    Plan.model_validate(shared)
    head = {key: value for key, value in content.items() if key not in shared}
    rules = head.get("events")
    if isinstance(rules, list):
        head["events"] = [_over(shared, rule) if isinstance(rule, dict) else rule for rule in rules]
    return Head.model_validate(head)


def _over(shared: dict[str, object], rule: dict[str, object]) -> dict[str, object]:
    """A rule with what it does not say itself: table by table, key by key."""
    merged = shared | rule
    for key, table in shared.items():
        own = rule.get(key)
        if isinstance(table, dict) and isinstance(own, dict):
            merged[key] = table | own
    return merged
