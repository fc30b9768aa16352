"""Translates an LMS's event into the native event, as the format declares."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from activities.domain.events import SPEC_VERSION
from activities.domain.terms import AssignmentType
from activities.intake.event_bus import Context
from activities.intake.formats.declaration import Declaration, EventRule
from activities.intake.formats.errors import FieldError
from activities.intake.formats.identity import account_id, read_course, read_enrolment_id, read_person
from activities.intake.formats.reader import PayloadReader
from activities.intake.formats.sources import Source, SourceSettings
from activities.intake.formats.values import parse_identifier, parse_percentage, parse_time


@dataclass(frozen=True, slots=True)
class Translation:
    """One event, the rule that fits it, and its source."""

    declaration: Declaration
    rule: EventRule
    document: dict[str, object]
    reader: PayloadReader
    context: Context
    source: Source

    @property
    def settings(self) -> SourceSettings:
        """How the source's events are read."""
        return self.source.settings

    def native_event(self) -> dict[str, object]:
        """Return the native event, not yet validated.

        Raises:
            FieldError: a required value is missing, or isn't what the format declares.
        """
        learner = self._learner()
        course = read_course(self.reader, self.rule.course)
        kind = self._kind()
        progress = self._progress()
        event_type = self._event_type(kind, progress)
        event: dict[str, object] = {
            "specVersion": SPEC_VERSION,
            "eventType": event_type,
            "eventId": self._event_id(),
            "occurredAt": self._occurred_at(),
            "enrollmentId": read_enrolment_id(self.reader, self.rule.enrolment, self.source.made_as, learner, course),
            "learner": learner or None,
            "course": course or None,
        }
        if event_type != "course.unassigned":
            event |= {"activity": kind, "progress": _consistent(progress, event_type) or None}
            if event_type == "course.assigned" or (self.rule.terms and kind == "assignment"):
                event["assignment"] = self._assignment(learner)
            if self.rule.starts_over:
                event["startsOver"] = True
        return {name: value for name, value in event.items() if value is not None}

    def _kind(self) -> str | None:
        """Return the kind of activity, if it's known.

        The source may have only one kind. Otherwise the event says it. If it doesn't, an assigned course is an
        assignment.
        """
        kind = self.settings.enrolments or self.reader.value(self.rule.kind)
        if self.rule.means == "course.assigned":
            kind = kind or "assignment"
        if kind is None or isinstance(kind, str):
            return kind
        self.reader.drop("activity")
        return None

    def _event_type(self, kind: str | None, progress: dict[str, object]) -> str:
        """Return the native event's type, which the status and the source's settings may change."""
        event_type: str = self.rule.means
        if event_type == "passed":
            event_type = "course.completed" if self.settings.passed_completes else "course.progressed"
        elif event_type == "course.assigned" and kind == "selfInitiated":
            event_type = "course.progressed"
        if event_type == "course.progressed" and progress.get("status") == "completed":
            event_type = "course.completed"
        return event_type

    def _event_id(self) -> str:
        expression = self.declaration.event_id
        try:
            own = None if expression is None else parse_identifier(expression(self.document), "eventId")
            if own is not None:
                return own
        except FieldError:
            self.reader.drop("eventId")
        text = json.dumps(self.document, sort_keys=True, separators=(",", ":"))
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def untimed(self) -> bool:
        """Whether the event itself doesn't say when it occurred.

        Raises:
            FieldError: its value for that isn't a time.
        """
        return self._own_time() is None

    def _own_time(self) -> datetime | None:
        return self.reader.time(self.rule.occurred_at, "occurredAt")

    def _occurred_at(self) -> str:
        time = self._own_time()
        if time is None:
            time = parse_time(self.context.time, "occurredAt", None, self.reader.zone)
        if time is None:
            raise FieldError("occurredAt: missing")
        return time.isoformat()

    def _learner(self) -> dict[str, object]:
        only = self.settings.learner
        mappings = {kind: mapping for kind, mapping in self.rule.learner.items() if only in (None, kind)}
        return read_person(self.reader, mappings, self.source, "learner")

    def _assignment(self, learner: dict[str, object]) -> dict[str, object]:
        mapping, reader = self.rule.assignment, self.reader
        terms: dict[str, object] = {"type": self._assignment_type()}
        assigner = self._assigner()
        if assigner and assigner != learner and self.settings.counts_as_assigner(account_id(assigner)):
            terms["assigner"] = assigner
        assigned_at = reader.optional(reader.time, mapping.assigned_at, "assignment.assignedAt")
        if assigned_at is not None:
            terms["assignedAt"] = assigned_at.isoformat()
        due_at = reader.optional(reader.due, mapping.due_at, "assignment.dueAt")
        if due_at is not None:
            terms["dueAt"] = due_at.isoformat()
        notes = reader.optional(reader.identifier, mapping.notes, "assignment.notes")
        if notes is not None:
            terms["notes"] = {"contentType": "text", "content": notes}
        return terms

    def _assignment_type(self) -> object:
        named = self.reader.value(self.rule.assignment.type)
        if named in get_args(AssignmentType):
            return named
        if named is not None:
            self.reader.drop("assignment.type")
        return self.settings.assignment_type

    def _assigner(self) -> dict[str, object]:
        """Return the assigner, or an empty dict if there is none, or none that can be read."""
        try:
            return read_person(self.reader, self.rule.assigner, self.source, "assignment.assigner")
        except FieldError:
            self.reader.drop("assignment.assigner")
            return {}

    def _progress(self) -> dict[str, object]:
        mapping, reader = self.rule.progress, self.reader
        status = self._status()
        if status is None and self.rule.means == "passed" and not self.settings.passed_completes:
            status = "inProgress"
        progress: dict[str, object] = {"status": status}
        if mapping.percentage is not None:
            done, total = reader.value(mapping.percentage.done), reader.value(mapping.percentage.of)
            try:
                progress["percentage"] = parse_percentage(done, total, "progress.percentage")
            except FieldError:
                reader.drop("progress.percentage")
        for name, expression in (("startedAt", mapping.started_at), ("completedAt", mapping.completed_at)):
            time = reader.optional(reader.time, expression, f"progress.{name}")
            progress[name] = None if time is None else time.isoformat()
        return {name: value for name, value in progress.items() if value is not None}

    def _status(self) -> object:
        """Return the status in the native event's words, or None if the format ignores or doesn't know the word."""
        said, statuses = self.reader.value(self.rule.progress.status), self.declaration.statuses
        if said is None or not statuses:
            return said
        status = statuses.get(said) if isinstance(said, str) else None
        if status is None:
            self.reader.drop("progress.status")
        return None if status == "ignored" else status


def _consistent(progress: dict[str, object], event_type: str) -> dict[str, object]:
    """Return the progress without the value that contradicts the event."""
    if event_type == "course.completed":
        # Completion means 100 percent, whatever percentage the LMS sends.
        ignored = "percentage"
    elif progress.get("status") != "completed":
        # Some LMSs send a completion time for a course that isn't completed.
        ignored = "completedAt"
    else:
        return progress
    return {name: value for name, value in progress.items() if name != ignored}
