"""From an event of an LMS to the native event, as the format's file declares."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from activities.domain.events import SPEC_VERSION
from activities.intake.formats.context import Context
from activities.intake.formats.declaration import Account, Head, Plan, Rule
from activities.intake.formats.errors import FieldError
from activities.intake.formats.expressions import Expression
from activities.intake.formats.sources import Reference, Source
from activities.intake.formats.values import identifier, moment, percentage

# A namespace of its own for the ids of enrolments; it must never change, or every enrolment would get a new id.
ENROLMENTS = uuid.UUID("0d7b4f5e-63a1-5c9c-9d8e-5f6f5a1c7e42")
_CASELESS = frozenset({"entraObjectId", "userPrincipalName", "email"})


@dataclass(frozen=True, slots=True)
class Translation:
    """One event on its way: `payload` is the part of `document` that the rule reads."""

    head: Head
    rule: Rule
    document: dict[str, object]
    payload: object
    context: Context
    source: str
    settings: Source

    @property
    def zone(self) -> ZoneInfo | None:
        """The zone of times that have none."""
        return self.settings.time_zone or self.head.time_zone

    def event(self) -> dict[str, object]:
        """The native event, yet to be validated.

        Raises:
            FieldError: a value cannot be what the format declares it to be, or what identifies the event is missing.
        """
        plan = self.rule
        learner = self._person(plan.learner, "learner", self.settings.learner)
        course = self._course(plan)
        means, kind = self._meaning()
        progress = self._progress(plan, means)
        if means == "course.progressed" and progress.get("status") == "completed":
            means = "course.completed"
        if means == "course.completed":
            # Of a completion, the percentage is known.
            progress.pop("percentage", None)
        elif progress.get("status") != "completed":
            # A time of completion without completion is seen in the wild, and says nothing.
            progress.pop("completedAt", None)
        return {
            "specVersion": SPEC_VERSION,
            "eventType": means,
            "eventId": self._event_id(),
            "occurredAt": self._occurred_at(),
            "enrollmentId": self._enrolment(plan, learner, course),
            **({"activity": kind} if kind is not None and means != "course.unassigned" else {}),
            **({"learner": learner} if learner else {}),
            **({"course": course} if course else {}),
            **({"assignment": self._terms(plan, learner)} if self._has_terms(means, kind) else {}),
            **({"progress": progress} if progress and means != "course.unassigned" else {}),
        }

    def _meaning(self) -> tuple[str, str | None]:
        """The type of the native event and the kind of activity, where the event tells it."""
        means = self.rule.means
        kind = None if self.rule.kind is None else self.rule.kind(self.payload)
        if means == "passed":
            means = "course.completed" if self.settings.passed_completes else "course.progressed"
        elif means == "course.assigned":
            kind = self.settings.enrolments or kind or "assignment"
            if kind == "selfInitiated":
                means = "course.progressed"
        if kind is not None:
            kind = self.settings.enrolments or kind
        return means, kind if isinstance(kind, str) else None

    def _has_terms(self, means: str, kind: str | None) -> bool:
        return means == "course.assigned" or (self.rule.terms and kind == "assignment" and means != "course.unassigned")

    def _event_id(self) -> str:
        found = None if self.head.event_id is None else identifier(self.head.event_id(self.document), "eventId")
        if found is not None:
            return found
        text = json.dumps(self.document, sort_keys=True, separators=(",", ":"))
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    def _occurred_at(self) -> str:
        found = self._time(self.rule.occurred_at, "occurredAt")
        if found is None:
            found = moment(self.context.time, "occurredAt", None, self.zone)
        if found is None:
            raise FieldError("occurredAt: missing")
        return found.isoformat()

    def _enrolment(self, plan: Plan, learner: dict[str, object], course: dict[str, object]) -> str:
        """The enrolment's id: the LMS's own, or one that every event of the enrolment leads to."""
        own = plan.enrolment
        given = self._identifier(own.id, "enrollmentId")
        if given is not None:
            return given
        who = self._identifier(own.learner, "learner") if own.learner else _key(learner)
        what = self._identifier(own.course, "course") if own.course else _key(course)
        if who is None or what is None:
            raise FieldError(f"{'learner' if who is None else 'course'}: missing")
        cycle = self._identifier(own.cycle, "cycle")
        parts = [self.source, who, what] + ([] if cycle is None else [cycle])
        return str(uuid.uuid5(ENROLMENTS, json.dumps(parts, ensure_ascii=True)))

    def _person(self, ways: Mapping[Reference, Account], field: str, only: str | None) -> dict[str, object]:
        """The first way of naming somebody that has a value; always one, so that all events name them alike."""
        for way, account in ways.items():
            if only is not None and way != only:
                continue
            value = self._identifier(account.id, field)
            if value is None:
                continue
            if way == "lmsAccount":
                source = self._identifier(account.source, field) if account.source else self.source
                return {way: {"source": source, "id": value}}
            return {way: _address(value) if way in _CASELESS else value}
        return {}

    def _course(self, plan: Plan) -> dict[str, object]:
        for name, expression in (
            ("learningContentId", plan.course.learning_content_id),
            ("externalId", plan.course.external_id),
        ):
            value = self._identifier(expression, "course")
            if value is not None:
                return {name: value}
        return {}

    def _terms(self, plan: Plan, learner: dict[str, object]) -> dict[str, object]:
        own = plan.assignment
        terms: dict[str, object] = {"type": self._value(own.type) or self.settings.assignment_type}
        assigner = self._person(plan.assigner, "assignment.assigner", None)
        if assigner and assigner != learner and self.settings.counts_as_assigner(_account(assigner)):
            terms["assigner"] = assigner
        assigned_at = self._time(own.assigned_at, "assignment.assignedAt")
        if assigned_at is not None:
            terms["assignedAt"] = assigned_at.isoformat()
        due_at = self._time(own.due_at, "assignment.dueAt")
        if due_at is not None:
            terms["dueAt"] = _wall_clock(due_at)
        notes = self._identifier(own.notes, "assignment.notes")
        if notes is not None:
            terms["notes"] = {"contentType": "text", "content": notes}
        return terms

    def _progress(self, plan: Plan, means: str) -> dict[str, object]:
        own = plan.progress
        status = self._value(own.status)
        if isinstance(status, str) and self.head.statuses:
            status = self.head.statuses.get(status)
        if status is None and self.rule.means == "passed" and means == "course.progressed":
            status = "inProgress"
        found: dict[str, object] = {"status": status}
        if own.percentage is not None:
            found["percentage"] = percentage(
                own.percentage.done(self.payload), own.percentage.of(self.payload), "progress.percentage"
            )
        for name, expression in (("startedAt", own.started_at), ("completedAt", own.completed_at)):
            time = self._time(expression, f"progress.{name}")
            found[name] = None if time is None else time.isoformat()
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, expression: Expression | None) -> object:
        return None if expression is None else expression(self.payload)

    def _identifier(self, expression: Expression | None, field: str) -> str | None:
        return None if expression is None else identifier(expression(self.payload), field)

    def _time(self, expression: Expression | None, field: str) -> datetime | None:
        if expression is None:
            return None
        return moment(expression(self.payload), field, self.head.numbers_are, self.zone)


def _key(reference: dict[str, object]) -> str | None:
    return json.dumps(reference, sort_keys=True) if reference else None


def _account(person: dict[str, object]) -> str:
    value = next(iter(person.values()))
    return str(value["id"]) if isinstance(value, dict) else str(value)


def _address(text: str) -> str:
    return text.lower().removeprefix("mailto:")


def _wall_clock(due: datetime) -> object:
    """A due date in a zone stays the time on the wall there; with an offset only, it is an instant."""
    if isinstance(due.tzinfo, ZoneInfo):
        return {"dateTime": due.replace(tzinfo=None).isoformat(), "timeZone": due.tzinfo.key}
    return due.isoformat()
