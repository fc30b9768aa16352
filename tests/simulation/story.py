"""An enrolment and its events, as a publisher might send them."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from activities.domain.desired import external_id
from tests.simulation.people import Course, Person

type Document = dict[str, Any]

FIRST = datetime(2026, 12, 1, 8, tzinfo=UTC)
# `moved` continues with the records of `native`, and `other` doesn't.
NATIVE, OTHER, MOVED, SIMULATED = "native", "other", "moved", "simulated"
_TERMS = ("required", "recommended")
_KINDS = ("assignment", "selfInitiated")
_STATUSES = ("notStarted", "inProgress")


@dataclass(eq=False, slots=True)
class Event:
    """An event. `person` and `course` are what it's really about, and `source` is who sends it.

    `document` is a native event. The source `simulated` sends the same in its own format. Its assignments are new
    enrolments (`enrols`), which start over after a completion.
    """

    document: Document
    person: Person
    course: Course
    source: str = NATIVE

    @property
    def id(self) -> str:
        """The id of the event."""
        return str(self.document["eventId"])

    @property
    def removes(self) -> bool:
        """Whether the event withdraws the enrolment."""
        return bool(self.document["eventType"] == "course.unassigned")

    def __str__(self) -> str:
        shown = {name: value for name, value in self.document.items() if name not in ("specVersion", "enrollmentId")}
        return f"{self.source} {self.person.number} {self.course.number} {json.dumps(shown)}"

    def item(self) -> Document:
        """Return the event as its source sends it."""
        if self.source == NATIVE:
            return self.document
        if self.source == SIMULATED:
            return self._in_its_own_format()
        return {
            "specversion": "1.0",
            "type": "learning",
            "id": self.id,
            "source": self.source,
            "data": self.document,
        }

    def _in_its_own_format(self) -> Document:
        progress = self.document.get("progress", {})
        return {
            "simulated": self.document["eventType"].removeprefix("course."),
            "id": self.id,
            "at": self.document["occurredAt"],
            "user": self.document["learner"]["email"],
            "course": self.document["course"]["externalId"],
            "percentage": progress.get("percentage"),
            "completedAt": progress.get("completedAt"),
        }


@dataclass(eq=False, slots=True)
class Enrolment:
    """An enrolment: what is sent about it, and what Graph may have of it.

    Attributes:
        label: its name here, which is part of its events' ids.
        id: its id in the ledger.
        learners: the ids of the people whom events, or a wrong row of `people`, name.
        learner_name, course_name: how events name learner and course.
        kind: the kind that most of its events state, or None if they don't state any.
        published_ids: the ids of the events that have been sent.
        rebound: an operator has asked to find out again whose it is.
        controlled: an operator has sent a control message about it.
        conflicts: its events name different people, courses or sources.
        reassigned: one of the learner's names is given to somebody else.
        late: its course enters the catalogue late.
        nobody: a person who doesn't exist, whom some events name by mistake.
        forgotten_by: the control message with which an operator has it forgotten.
        known_to_graph: what its activity had when the ledger was lost.
    """

    label: str
    id: str
    person: Person
    course: Course
    learner_name: str
    course_name: str
    kind: str | None
    source: str = NATIVE
    learners: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    published_ids: set[str] = field(default_factory=set)
    rebound: bool = False
    controlled: bool = False
    late: bool = False
    conflicts: bool = False
    reassigned: bool = False
    nobody: Person | None = None
    forgotten_by: str | None = None
    known_to_graph: Document = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        """The id by which Graph knows it."""
        return external_id(self.id)

    @property
    def is_in_doubt(self) -> bool:
        """Whether its owner depends on the order of its events."""
        return self.conflicts or self.reassigned or len(self.learners) > 1

    @property
    def removes(self) -> bool:
        """Whether an event withdraws it."""
        return any(event.removes for event in self.events)

    @property
    def has_cycles(self) -> bool:
        """Whether more than one cycle is possible."""
        documents = [event.document for event in self.events]
        again = self.removes and any(one["eventType"] == "course.assigned" for one in documents)
        return again or any(one.get("startsOver") or one.get("enrols") for one in documents)

    def call(self, *, learner: str | None = None, course: str | None = None) -> None:
        """Let all events name the learner or the course in this way."""
        for event in self.events:
            if learner and "learner" in event.document:
                event.document["learner"] = event.person.name(learner)
            if course and "course" in event.document:
                event.document["course"] = event.course.name(course)
        self.learner_name = learner or self.learner_name
        self.course_name = course or self.course_name

    def tell(self, random: Random, minute: float) -> None:
        """Add an event that occurred in this minute."""
        make = self._simulated if self.source == SIMULATED else self._native
        self.events.append(Event(make(random, minute), self.person, self.course, self.source))

    def _begun(self, what: str, occurred: datetime, *, named: bool = True) -> Document:
        document: Document = {
            "specVersion": "1.0",
            "eventId": f"{self.label}/{len(self.events)}",
            "eventType": f"course.{what}",
            "occurredAt": occurred.isoformat(),
            "enrollmentId": self.id,
        }
        names = {"learner": self.person.name(self.learner_name), "course": self.course.name(self.course_name)}
        return document | names if named else document

    def _simulated(self, random: Random, minute: float) -> Document:
        occurred = FIRST + timedelta(minutes=minute)
        again = self._is_taken(occurred)
        what = random.choices(("assigned", "progressed", "completed", "unassigned"), (0 if again else 3, 3, 4, 2))[0]
        document = self._begun(what, occurred)
        if what == "assigned":
            document |= {"assignment": {"type": "required"}, "enrols": True}
        if what != "unassigned":
            document["activity"] = "assignment"
        progress = _progress(random, what, occurred)
        progress.pop("status", None)
        return document | ({"progress": progress} if progress else {})

    def _native(self, random: Random, minute: float) -> Document:
        occurred = FIRST + timedelta(minutes=minute)
        again = self._is_taken(occurred)
        weights = (0 if again else 4, 5, 3, 1, 2 if minute else 0)
        what = random.choices(("assigned", "progressed", "completed", "started", "unassigned"), weights)[0]
        document = self._begun(what, occurred, named=what != "unassigned" or random.random() < 0.7)
        if what == "assigned":
            document |= {"activity": "assignment", "assignment": _terms(random, occurred)}
        elif self.kind is not None and not again and random.random() < 0.8:
            document["activity"] = random.choice(_KINDS) if random.random() < 0.1 else self.kind
        progress = _progress(random, what, occurred)
        if progress:
            document["progress"] = progress
        if what != "unassigned" and random.random() < 0.07:
            document["startsOver"] = True
        return document

    def _is_taken(self, occurred: datetime) -> bool:
        """Whether an event occurred at this instant. If so, another one must not have terms or a kind.

        It isn't specified which of two such events counts.
        """
        return any(event.document["occurredAt"] == occurred.isoformat() for event in self.events)


def _terms(random: Random, occurred: datetime) -> Document:
    terms: Document = {"type": random.choice(_TERMS) if random.random() < 0.4 else "required"}
    if random.random() < 0.2:
        terms["assignedAt"] = (occurred - timedelta(minutes=random.randint(0, 3))).isoformat()
    if random.random() < 0.3:
        terms["dueAt"] = random.choice((None, {"dateTime": "2027-06-01T12:00:00", "timeZone": "UTC"}))
    if random.random() < 0.2:
        terms["notes"] = random.choice((None, {"content": f"note {random.randint(1, 9)}"}))
    if random.random() < 0.2:
        terms["assigner"] = Person(random.choice((900, 901))).name("userPrincipalName")
    return terms


def _progress(random: Random, what: str, occurred: datetime) -> Document:
    earlier = (occurred - timedelta(minutes=random.choice((0, 0, 1, 4)))).isoformat()
    match what:
        case "progressed" if random.random() < 0.1:
            return {"status": "completed"}
        case "progressed":
            progress: Document = {"percentage": random.choice((0, 10, 25, 50, 75, 99))}
            return progress | ({"status": random.choice(_STATUSES)} if random.random() < 0.3 else {})
        case "started" if random.random() < 0.3:
            return {"startedAt": earlier}
        case "completed" if random.random() < 0.3:
            return {"completedAt": earlier}
    return {}


def text_of(events: list[Event]) -> str:
    """Return one event, or a batch of several, as a message."""
    items = [event.item() for event in events]
    return json.dumps(items[0] if len(items) == 1 else items)
