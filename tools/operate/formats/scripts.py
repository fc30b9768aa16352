"""Turns a trial into JSON for scripts: one object per event."""

from collections.abc import Iterable

from activities.intake.parse import Ignored, Refused, Understood
from tools.operate.formats.request import request_body
from tools.operate.formats.rows import Row
from tools.operate.formats.rules import Rule
from tools.operate.formats.values import Value


def as_object(row: Row, values: Iterable[Value] | None, *, request: bool) -> dict[str, object]:
    """Return one event as an object, without what it doesn't have. `values` is None if they weren't asked for."""
    rule = None if row.match is None else row.match.rule
    said: dict[str, object | None] = {
        "message": row.trial.name,
        "result": "",
        "format": row.trial.outcome.format,
        "source": row.source,
        "type": row.trial.event_type or None,
        "rule": None if rule is None else _rule(rule),
        "why": row.why,
    }
    match row.trial.outcome:
        case Understood(event) as understood:
            said["result"] = "understood"
            said["event"] = event.model_dump(mode="json", by_alias=True, exclude_none=True)
            said["dropped"] = dict(row.dropped)
            said["warnings"] = dict(row.warnings)
            said["request"] = request_body(understood) if request else None
        case Ignored():
            said["result"] = "ignored"
        case Refused(reason, detail):
            said |= {"result": "refused", "reason": reason.value, "detail": detail, "warnings": dict(row.warnings)}
    if values is not None:
        said["values"] = [_value(value) for value in values]
    return {name: value for name, value in said.items() if value is not None}


def _rule(rule: Rule) -> dict[str, object]:
    declared = rule.declared
    return {
        "number": rule.number,
        "line": rule.line,
        "types": declared.types,
        "when": None if declared.when is None else declared.when.text,
        "means": declared.means,
    }


def _value(value: Value) -> dict[str, object]:
    return {
        "property": value.property,
        "value": value.value,
        "expression": value.expression,
        "read": value.read,
        "note": value.note or None,
        "problem": value.problem or None,
    }
