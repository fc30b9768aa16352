"""What an activity should be after its events, computed in the simplest way from the rules in `docs/`.

It shares no code with the app. It takes events, sorts them by when they occurred, and returns the properties in Graph.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

type Document = dict[str, Any]

ASSIGNMENT, SELF_INITIATED = "#microsoft.graph.learningAssignment", "#microsoft.graph.learningSelfInitiatedCourse"
_FAR = ("notStarted", "inProgress", "completed")
_NEVER = datetime.min.replace(tzinfo=datetime.fromisoformat("2026-01-01T00:00:00+00:00").tzinfo)


@dataclass(frozen=True, slots=True)
class Expected:
    """What Graph should have. Properties without a value are absent.

    Attributes:
        kinds: the pairs of kind and assignment type that the activity may have. For a completed activity, it's any pair
            that was asked for before, because a completed activity keeps the one that it has.
        bodies: the other properties, by kind.
    """

    kinds: frozenset[tuple[str, str | None]]
    bodies: dict[str, Document] = field(default_factory=dict)


def expected(documents: Iterable[Document]) -> Expected | None:
    """Return what the activity should be after these events, or None if there should be none."""
    unique = {one["eventId"]: one for one in documents}
    events = sorted(unique.values(), key=_occurred)
    if not events:
        return None
    begin = _cycle(events)
    cycle = [one for one in events if _occurred(one) >= begin]
    completed = _first(cycle_moments(events, begin, "completed"))
    if completed is None and not _present(events):
        return None
    wanted = _wanted(events)
    kinds = {wanted}
    if completed is not None:
        kinds |= _asked_for(events)
    return Expected(frozenset(kinds), {kind: _body(events, cycle, begin, completed, kind) for kind, _ in kinds})


def _occurred(document: Document) -> datetime:
    return datetime.fromisoformat(document["occurredAt"])


def _progress(document: Document) -> Document:
    return document.get("progress") or {}


def _completes(document: Document) -> bool:
    return document["eventType"] == "course.completed" or _progress(document).get("status") == "completed"


def _is(document: Document, what: str) -> bool:
    return bool(document["eventType"] == f"course.{what}")


def _moment(document: Document, stated: str) -> tuple[datetime, bool, datetime]:
    """Return the instant that decides the cycle, whether it is only implied, and the instant to show."""
    said = _progress(document).get(stated)
    occurred = _occurred(document)
    if said is None:
        return occurred, True, occurred
    shown = datetime.fromisoformat(said)
    return (occurred if document.get("startsOver") else shown), False, shown


def cycle_moments(events: list[Document], begin: datetime, what: str) -> list[tuple[bool, datetime]]:
    """Return the completions or starts since `begin`: whether each is only implied, and the time to show."""
    happened = _completes if what == "completed" else _starts
    moments = [_moment(one, f"{what}At") for one in events if happened(one)]
    return [(implied, shown) for at, implied, shown in moments if at >= begin]


def _starts(document: Document) -> bool:
    return _is(document, "started") or (
        not _is(document, "unassigned") and _progress(document).get("startedAt") is not None
    )


def _first(moments: list[tuple[bool, datetime]]) -> datetime | None:
    """Return the first moment. Stated times take precedence over implied ones."""
    return min(moments)[1] if moments else None


def _cycle(events: list[Document]) -> datetime:
    """Return when the current cycle began.

    It begins at the latest event with `startsOver`. After that, it begins again at a removal before the latest
    assignment, if no completion came before the removal, and at a new enrolment, if a completion came before it.
    """
    over = [_occurred(one) for one in events if one.get("startsOver") and not _is(one, "unassigned")]
    begin = max(over, default=_NEVER)
    assigned = max((_occurred(one) for one in events if _is(one, "assigned")), default=_NEVER)
    completions = [_moment(one, "completedAt")[0] for one in events if _completes(one)]
    turns = {(_occurred(one), bool(one.get("enrols"))) for one in events if one.get("enrols") or _is(one, "unassigned")}
    for turn, enrols in sorted(turns):
        completed = any(begin <= completion < turn for completion in completions)
        if begin < turn and (completed if enrols else turn < assigned and not completed):
            begin = turn
    return begin


def _present(events: list[Document]) -> bool:
    """Whether the latest event wants the activity. At the same instant, present wins over removed."""
    latest = _occurred(events[-1])
    return any(not _is(one, "unassigned") for one in events if _occurred(one) == latest)


def _kind(document: Document) -> str | None:
    said = document.get("activity")
    return None if said is None else ASSIGNMENT if said == "assignment" else SELF_INITIATED


def _wanted(events: list[Document]) -> tuple[str, str | None]:
    kind = next((kind for one in reversed(events) if (kind := _kind(one)) is not None), SELF_INITIATED)
    if kind == SELF_INITIATED:
        return kind, None
    return kind, next((one["assignment"]["type"] for one in reversed(events) if one.get("assignment")), "required")


def _asked_for(events: list[Document]) -> set[tuple[str, str | None]]:
    """Return every kind and type that some of the events ask for if they arrive before the others."""
    kinds = {_kind(one) for one in events}
    types = {one["assignment"]["type"] for one in events if one.get("assignment")} | {"required"}
    found: set[tuple[str, str | None]] = {(ASSIGNMENT, one) for one in types} if ASSIGNMENT in kinds else set()
    return found | {(SELF_INITIATED, None)} if kinds - {ASSIGNMENT} else found


def _body(
    events: list[Document], cycle: list[Document], begin: datetime, completed: datetime | None, kind: str
) -> Document:
    body: Document = {"status": "completed" if completed else _status(cycle, kind)}
    percentage = 100 if completed else _percentage(cycle)
    if percentage is not None:
        body["completionPercentage"] = percentage
    if completed is not None:
        body["completedDateTime"] = completed
    if kind == SELF_INITIATED:
        started = _first(cycle_moments(events, begin, "started"))
        return body if started is None else body | {"startedDateTime": started}
    assigned = [one for one in cycle if _is(one, "assigned")]
    stated = [one["assignment"]["assignedAt"] for one in assigned if one["assignment"].get("assignedAt")]
    if assigned:
        body["assignedDateTime"] = datetime.fromisoformat(stated[-1]) if stated else _occurred(assigned[-1])
    for name, sent in (("dueAt", "dueDateTime"), ("notes", "notes")):
        said = [one["assignment"][name] for one in assigned if name in one["assignment"]]
        if said and said[-1] is not None:
            body[sent] = said[-1]
    return body


def _status(cycle: list[Document], kind: str) -> str:
    """Return the latest status, or the lowest that the kind allows. At the same instant, the further one counts."""
    said = [(_occurred(one), _FAR.index(status)) for one in cycle if (status := _said_status(one)) is not None]
    latest = _FAR[max(said)[1]] if said else "notStarted"
    return "inProgress" if kind == SELF_INITIATED else latest


def _said_status(document: Document) -> str | None:
    if _completes(document):
        return None
    progress = _progress(document)
    if progress.get("status") is not None:
        return str(progress["status"])
    return "inProgress" if _is(document, "started") or (progress.get("percentage") or 0) > 0 else None


def _percentage(cycle: list[Document]) -> int | None:
    said = [
        (_occurred(one), _progress(one)["percentage"])
        for one in cycle
        if not _completes(one) and _progress(one).get("percentage") is not None
    ]
    return max(said)[1] if said else None
