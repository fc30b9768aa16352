"""Finds where each property of the native event comes from, and what was read but couldn't be used."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from activities.intake.formats.declaration import EventMapping, EventRule, PersonMapping, Ratio
from activities.intake.formats.expressions import Expression
from activities.intake.formats.sources import SourceSettings
from activities.intake.result import Refused, Understood
from tools.operate.formats.dropped import why_dropped
from tools.operate.formats.rules import Match, source_of
from tools.operate.formats.trial import Known, Outcome, Trial

# Keys of a format file that aren't named after their native property.
_PROPERTIES = {"kind": "activity", "assigner": "assignment.assigner"}
_ORDER = (
    "source",
    "eventType",
    "eventId",
    "occurredAt",
    "enrolment",
    "enrollmentId",
    "activity",
    "learner",
    "course",
    "assignment",
    "progress",
    "startsOver",
)
_HUNDRED = "`100`"


@dataclass(frozen=True, slots=True)
class Value:
    """A property of the native event, and where it comes from.

    Attributes:
        property: its path, such as `assignment.dueAt`. `source` and `enrolment.*` go into the
            enrolment's id.
        value: its value, or None if the event doesn't have it.
        expression: the format's expression for it, or None if there is none.
        read: what the expression finds in the message.
        note: a remark, such as where a value comes from that isn't in the message.
        problem: why it was dropped, or why the event is refused. Empty if neither is so.
    """

    property: str
    value: object
    expression: str | None
    read: object
    note: str = ""
    problem: str = ""


def values_of(trial: Trial, match: Match, known: Known) -> list[Value]:
    """Return the properties of an event that a rule translates, in the order of the native event."""
    if trial.one is None or match.rule is None or match.rule.declared.means == "ignored":
        return []
    declaration, rule = match.format.declaration, match.rule.declared
    reads = [(name, expression, match.payload) for name, expression in _expressions(rule)]
    for name, own in (("source", declaration.instance), ("eventId", declaration.event_id)):
        if own is not None:
            reads.append((name, own, trial.one.document))
    native, problems = _native(trial.outcome), _problems(trial, match, known)
    origins = _origins(rule, source_of(trial, known).settings)
    found = [_read(name, expression, expression(part), native, problems) for name, expression, part in reads]
    found = [_with_origin(value, origins) for value in found]
    seen = {_base(value.property) for value in found}
    for name, value in _leaves(native):
        if not any(_inside(name, other) for other in seen):
            found.append(Value(name, value, None, None, origins.get(name, origins[""])))
    seen |= {value.property for value in found}
    for name, problem in problems.items():
        if name.partition(".")[0] in _ORDER and not any(_concerns(name, other) for other in seen):
            found.append(Value(name, None, None, None, problem=problem))
    return sorted(found, key=lambda value: _ORDER.index(value.property.partition(".")[0]))


def _expressions(rule: EventRule) -> Iterator[tuple[str, Expression]]:
    for name in EventMapping.model_fields:
        # The payload isn't a property. The others are read from it.
        if name != "payload":
            yield from _within(_PROPERTIES.get(name, to_camel(name)), getattr(rule, name))


def _within(path: str, part: object) -> Iterator[tuple[str, Expression]]:
    """Yield the expressions in a part of a rule, each with the path of its property."""
    match part:
        case Expression():
            yield path, part
        case Ratio(done=done, of=of):
            yield path, done
            if of.text != _HUNDRED:
                yield f"{path} (of)", of
        case PersonMapping(id=identifier, source=source):
            account = path.endswith(".lmsAccount")
            yield f"{path}.id" if account else path, identifier
            if account and source is not None:
                yield f"{path}.source", source
        case BaseModel():
            for name, field in type(part).model_fields.items():
                yield from _within(f"{path}.{field.alias or to_camel(name)}", getattr(part, name))
        case Mapping():
            for name, inner in part.items():
                yield from _within(f"{path}.{name}", inner)
        case _:
            pass


def _native(outcome: Outcome) -> dict[str, object]:
    if not isinstance(outcome, Understood):
        return {}
    event = outcome.event.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"spec_version"})
    return {"source": outcome.source} | event


def _problems(trial: Trial, match: Match, known: Known) -> dict[str, str]:
    """Return what's wrong, by property."""
    if not isinstance(trial.outcome, Refused):
        return {name: f"dropped: {why}" for name, why in why_dropped(trial, match, known).items()}
    parts = (part.partition(": ") for part in trial.outcome.detail.split("; "))
    return {name: f"refused: {problem}" for name, _, problem in parts if problem}


def _read(
    name: str, expression: Expression, read: object, native: Mapping[str, object], problems: Mapping[str, str]
) -> Value:
    value: object = native
    for part in _base(name).split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    # If there are several ways to name a person, only one that has a value can have been dropped.
    known = problems if read is not None or not native else {}
    problem = next((said for field, said in known.items() if _concerns(field, _base(name))), "")
    note = ""
    if name.startswith("enrolment."):
        note = "for enrollmentId"
    elif native and value is None and read is not None and not problem:
        note = "not used"
    return Value(name, value if name == _base(name) else None, expression.text, read, note, problem)


def _with_origin(value: Value, origins: Mapping[str, str]) -> Value:
    """Add a note about where the value comes from, if it isn't from the message."""
    name = value.property
    if value.value is None or (value.read is not None and not value.problem and f"{name}!" not in origins):
        return value
    note = origins.get(f"{name}!") or origins.get(name, origins[""])
    return Value(name, value.value, value.expression, value.read, note, value.problem)


def _origins(rule: EventRule, settings: SourceSettings) -> dict[str, str]:
    """Return where properties come from if not from the message. A name with `!` overrides what the message says."""
    origins = {
        "": "what the rule means",
        "source": "the format, or a name in LMS_SOURCES",
        "eventType": f'means = "{rule.means}"',
        "eventId": "a hash of the whole event",
        "occurredAt": "the wrapping's time, or else the time of arrival: now",
        "enrollmentId": "a hash of source, learner, course, and cycle if there is one",
        "activity": "an assigned course is an assignment",
        "assignment.type": "assignmentType in LMS_SOURCES, or its default",
        "startsOver": "starts_over = true",
        "learner.lmsAccount.source": "the source of the event",
        "assignment.assigner.lmsAccount.source": "the source of the event",
    }
    if settings.enrolments is not None:
        origins["activity"] = origins["activity!"] = "enrolments in LMS_SOURCES"
    return origins


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    else:
        yield path, value


def _base(name: str) -> str:
    return name.removesuffix(" (of)")


def _inside(name: str, outer: str) -> bool:
    return f"{name}.".startswith(f"{outer}.")


def _concerns(field: str, name: str) -> bool:
    """Whether a complaint about a field concerns a property: the property itself, a part of it, or its parent."""
    name = name.removeprefix("enrolment.")
    return _inside(name, field) or _inside(field, name)
