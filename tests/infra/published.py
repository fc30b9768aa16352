"""What the app publishes: its instruments with their attributes and values, read from activities/telemetry.py."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from activities import telemetry
from activities.domain import outcomes

# The names of log lines, and everything that they may say.
LINES = {str(event) for event in telemetry.Event}
FIELDS = set(telemetry.Fields.__annotations__)
# Reasons and outcomes, as `telemetry.handled` writes them.
VALUES = {
    "reason": {str(value) for kind in (outcomes.Reason, outcomes.Action, outcomes.RetryReason) for value in kind},
    "outcome": {kind.__name__.lower() for kind in (outcomes.Done, outcomes.Retry, outcomes.DeadLetter)},
}


@dataclass(frozen=True)
class Instrument:
    """A metric: its kind (counter, gauge or histogram), and the attributes that it always has."""

    kind: str
    attributes: frozenset[str]


@cache
def instruments() -> dict[str, Instrument]:
    """Return every metric of the app by name.

    Raises:
        ValueError: telemetry.py creates or uses an instrument in a form that isn't known here.
    """
    tree = ast.parse(Path(telemetry.__file__).read_text())
    made, given = {}, {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(
                targets=[ast.Name(variable)],
                value=ast.Call(ast.Attribute(ast.Name("_meter"), kind), [ast.Constant(name)]),
            ):
                made[variable] = (name, kind.removeprefix("create_"))
            case ast.Call(ast.Attribute(ast.Name(variable), "add" | "record" | "set"), [_]):
                given[variable] = frozenset[str]()
            case ast.Call(ast.Attribute(ast.Name(variable), "add" | "record" | "set"), [_, ast.Dict(keys)]):
                given[variable] = frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant))
    if not made or set(made) != set(given):
        raise ValueError(f"instruments without a known use: {set(made) ^ set(given)}")
    return {name: Instrument(kind, given[variable]) for variable, (name, kind) in made.items()}
