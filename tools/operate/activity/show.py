"""Shows records on a screen, or as JSON for scripts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from activities.domain.desired import desired_state, external_id
from activities.domain.record import ActivityRecord
from activities.domain.shared_state import GraphState
from activities.domain.terms import Reference
from activities.storage.letters import LetterFacts
from tools.operate import screen
from tools.operate.activity import explain
from tools.operate.activity.finding import key_of

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Around:
    """What else is known: Graph's state, the time, and the dead letters if only one record is shown."""

    graph: GraphState
    now: float
    letters: Sequence[LetterFacts] = ()


def in_full(record: ActivityRecord, around: Around, *, personal: bool, as_json: bool) -> None:
    """Print everything about one record, with personal data only if asked."""
    shown = _everything(record, around, personal=personal)
    if as_json:
        screen.line(screen.as_json(shown))
        return
    for name in ("record", "state", "source", "learner", "course", "enrollmentId", "externalId"):
        if shown.get(name) is not None:
            screen.line(f"{name:<14}{shown[name]}")
    _wanted(shown["wants"])
    screen.folded(f"{'Graph':<14}{shown['graph']}")
    _found(shown["found"])
    for name in ("why", "next"):
        if shown[name] is not None:
            screen.folded(f"{name:<14}{shown[name]}", indent=14)
    for letter in around.letters:
        screen.folded(f"{'dead letter':<14}{letter.id[:_SHOWN]}  {letter.reason}: {letter.detail}", indent=14)
    if not personal:
        screen.note("Ids, notes and assigner are shown with --show-personal-data.")


def listed(records: Sequence[ActivityRecord], around: Around, *, as_json: bool) -> None:
    """Print a line for each record, and a second line that says why if the activity isn't as it should be."""
    if as_json:
        for record in records:
            screen.line(screen.as_json(_in_short(record, around)))
        return
    rows = [("record", "state", "wanted", "course", ""), *(_row(record, around) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for number, (*cells, course, why) in enumerate(rows):
        first = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        screen.line("  ".join((*first, course)), style=None if number else "bold", cut=True)
        if why:
            screen.folded(f"{'':<{_SHOWN + 2}}{why}", indent=_SHOWN + 2)
    screen.line(f"{len(records):6}  in total")


def _everything(record: ActivityRecord, around: Around, *, personal: bool) -> dict[str, Any]:
    owner = record.owner
    ids = {"enrollmentId": record.enrollment_id, "externalId": external_id(record.enrollment_id)}
    return {
        **_in_short(record, around),
        "source": None if owner is None else owner.source,
        "learner": None if owner is None else _named(owner.learner, personal=personal),
        **(ids if personal else {}),
        "wants": {name: asdict(one) for name, one in explain.wanted(record, personal=personal).items()},
        "graph": explain.in_graph(record),
        "found": explain.found(record),
        "next": explain.what_next(record, around.letters),
        "deadLetters": [{"id": one.id, "reason": one.reason, "detail": one.detail} for one in around.letters],
    }


def _in_short(record: ActivityRecord, around: Around) -> dict[str, Any]:
    owner, desired = record.owner, desired_state(record, "")
    reason, why = explain.why(record, around.graph, around.now, around.letters) or (None, None)
    return {
        "record": key_of(record),
        "state": record.state,
        "wanted": None if desired is None else desired.status,
        "course": None if owner is None else _named(owner.course, personal=True),
        "reason": reason,
        "why": why,
    }


def _named(reference: Reference | None, *, personal: bool) -> str | None:
    if reference is None:
        return None
    return f"{reference.kind} {reference.value.replace('\n', ':')}" if personal else f"named by {reference.kind}"


def _wanted(values: dict[str, Any]) -> None:
    if not values:
        screen.line(f"{'wants':<14}no activity")
    for number, (name, value) in enumerate(values.items()):
        since = "" if value["since"] is None else f"  (since {value['since']})"
        screen.folded(f"{'' if number else 'wants':<14}{name:<15} {value['value']}{since}", indent=30)


def _found(found: dict[str, Any] | None) -> None:
    if found is None:
        return
    if found["has"] is None:
        screen.line(f"{'':<14}did not have it at {found['at']}")
        return
    same = "differs in " + ", ".join(found["differs"]) if found["differs"] else "did not differ"
    screen.line(f"{'':<14}{same} at {found['at']}", style="yellow" if found["differs"] else None)
    for name, value in found["has"].items():
        screen.folded(f"{'':<14}{name:<15} {value}", indent=30)


def _row(record: ActivityRecord, around: Around) -> tuple[str, str, str, str, str]:
    short = _in_short(record, around)
    wanted, why = short["wanted"] or "no activity", short["why"] or ""
    return short["record"][:_SHOWN], short["state"], wanted, screen.visible(short["course"] or ""), why
