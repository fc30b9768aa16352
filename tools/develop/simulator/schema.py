"""What a request body may contain: the properties of both kinds of activity, and the rules for each property.

Sources: the v1.0 reference and the service's CSDL. Where they differ (dueDateTime, notes), the CSDL and the reference's
examples are right.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tools.develop.simulator.responses import bad_request, invalid, required

Kind = Literal["assignment", "selfInitiated"]
Check = Callable[[Any], bool]
Body = dict[str, Any]

KINDS: Mapping[str, Kind] = {
    "#microsoft.graph.learningAssignment": "assignment",
    "#microsoft.graph.learningSelfInitiatedCourse": "selfInitiated",
}
TYPE = "@odata.type"
EXTERNAL_ID = "externalcourseActivityId"
REFERENCE_EXTERNAL_ID = "externalCourseActivityId"

_OFFSET_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?", re.ASCII)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


def _exists(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _text(value: Any) -> bool:  # noqa: ANN401  (any JSON value may arrive)
    return isinstance(value, str)


def _guid(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and _GUID.fullmatch(value) is not None


def _instant(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and _OFFSET_TIME.fullmatch(value) is not None and _exists(value)


def _percentage(value: Any) -> bool:  # noqa: ANN401
    return type(value) is int and 0 <= value <= 100  # noqa: PLR2004  (per cent)


def _one_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def _local_time(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and _LOCAL_TIME.fullmatch(value) is not None and _exists(value)


def _named(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and value != ""


def _record(**parts: Check) -> Check:
    """Check an object with exactly these properties. An `@odata.type` is tolerated."""

    def check(value: Any) -> bool:  # noqa: ANN401
        if not isinstance(value, dict) or value.keys() - {TYPE} != parts.keys():
            return False
        return all(part(value[name]) for name, part in parts.items())

    return check


@dataclass(frozen=True)
class Rule:
    """What one property accepts."""

    check: Check
    required: bool = False  # in a create; an update requires only the status
    changeable: bool = False
    nullable: bool = True


_COMMON: Mapping[str, Rule] = {
    "learnerUserId": Rule(_guid, required=True, nullable=False),
    "learningContentId": Rule(_text, required=True, nullable=False),
    EXTERNAL_ID: Rule(_text),
    "completionPercentage": Rule(_percentage, changeable=True),
    "completedDateTime": Rule(_instant, changeable=True),
}

RULES: Mapping[Kind, Mapping[str, Rule]] = {
    "assignment": {
        **_COMMON,
        "learningProviderId": Rule(_text, required=True, nullable=False),
        "status": Rule(
            _one_of("notStarted", "inProgress", "completed"),
            required=True,
            changeable=True,
            nullable=False,
        ),
        "assignmentType": Rule(_one_of("required", "recommended"), required=True, nullable=False),
        "assignedDateTime": Rule(_instant, changeable=True),
        "assignerUserId": Rule(_guid),
        "dueDateTime": Rule(_record(dateTime=_local_time, timeZone=_named), changeable=True),
        "notes": Rule(_record(contentType=_one_of("text", "html"), content=_text), changeable=True),
    },
    "selfInitiated": {
        **_COMMON,
        # The reference lists it as required, but its own example lacks it.
        "learningProviderId": Rule(_text, nullable=False),
        "status": Rule(_one_of("inProgress", "completed"), required=True, changeable=True, nullable=False),
        "startedDateTime": Rule(_instant, changeable=True),
    },
}


def _kind(body: Body) -> Kind:
    name = body.get(TYPE)
    if name is None:
        raise required(TYPE)
    if not isinstance(name, str) or name not in KINDS:
        raise invalid(TYPE)
    return KINDS[name]


def _canonical(body: Body) -> Body:
    """Accept the external id in the reference's or the CSDL's casing, but not in both."""
    if REFERENCE_EXTERNAL_ID not in body:
        return body
    if EXTERNAL_ID in body:
        raise bad_request(f"The property '{REFERENCE_EXTERNAL_ID}' is given twice.")
    return {EXTERNAL_ID if name == REFERENCE_EXTERNAL_ID else name: value for name, value in body.items()}


def _check_value(name: str, value: Any, rule: Rule, max_lengths: Mapping[str, int]) -> None:  # noqa: ANN401
    if value is None and rule.nullable:
        return
    if value is None and rule.required:
        raise required(name)
    if value == "":
        raise bad_request(f"Input field {name} shouldn't be empty")
    if not rule.check(value):
        raise invalid(name)
    text = value["content"] if name == "notes" else value
    if name in max_lengths and len(str(text)) > max_lengths[name]:
        raise bad_request(f"Input field {name} length exceeded than {max_lengths[name]}")


def check_body(
    body: Any,  # noqa: ANN401
    *,
    update: bool,
    max_lengths: Mapping[str, int],
) -> tuple[Kind, Body]:
    """Check a body. Return its kind, and its properties without `@odata.type`.

    Raises:
        Refusal: 400, with the first error.

    """
    if not isinstance(body, dict):
        raise bad_request("Unable to read JSON request payload. The payload must be a JSON object.")
    body = _canonical(body)
    kind = _kind(body)
    rules = RULES[kind]
    properties = {name: value for name, value in body.items() if name != TYPE}
    for name, value in properties.items():
        if name not in rules:
            raise bad_request(
                f"The property '{name}' does not exist on type '{body[TYPE].removeprefix('#')}'. "
                "Make sure to only use property names that are defined by the type.",
            )
        if update and not rules[name].changeable:
            raise bad_request(f"Input field {name} is invalid: it can't be updated")
        _check_value(name, value, rules[name], max_lengths)
    for name, rule in rules.items():
        needed = name == "status" if update else rule.required
        if needed and name not in properties:
            raise required(name)
    return kind, properties
