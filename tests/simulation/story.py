"""The events of an enrolment, as a publisher might send them: in any order, some of them twice, some in batches."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from activities.domain.desired import external_id
from tests.simulation.people import Course, Person

type Document = dict[str, Any]

FIRST = datetime(2026, 12, 1, 8, tzinfo=UTC)
_TERMS = ("required", "recommended")
_KINDS = ("assignment", "selfInitiated", None)
_STATUSES = ("notStarted", "inProgress")


@dataclass(eq=False, slots=True)
class Event:
    """An event. `person` is whom it is about in truth, and `source` who sends it."""

    document: Document
    person: Person
    source: str = "native"

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
        return f"{self.source} {self.person.number} {json.dumps(shown)}"

    def item(self) -> Document:
        """Return the event as an item of a batch, or alone."""
        if self.source == "native":
            return self.document
        return {
            "specversion": "1.0",
            "type": "learning",
            "id": self.id,
            "source": self.source,
            "data": self.document,
        }


@dataclass(eq=False, slots=True)
class Enrolment:
    """An enrolment: what is sent about it, and what Graph may have of it.

    Attributes:
        learners: the ids of those whom events name, or whom a wrong row of `people` names.
        learner_name, course_name: how events name learner and course.
        published_ids: the ids of the events that have been sent.
        rebound: an operator has asked to find out anew whose it is.
        conflicts: events of it name different people or sources.
        reassigned: a name of the learner is given to somebody else.
        nobody: whom some events name by mistake.
    """

    id: str
    person: Person
    course: Course
    learner_name: str
    course_name: str
    kind: str | None
    learners: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    published_ids: set[str] = field(default_factory=set)
    rebound: bool = False
    conflicts: bool = False
    reassigned: bool = False
    nobody: Person | None = None

    @property
    def external_id(self) -> str:
        """The id by which Graph knows it."""
        return external_id(self.id)

    @property
    def removes(self) -> bool:
        """Whether an event withdraws it."""
        return any(event.removes for event in self.events)

    @property
    def has_cycles(self) -> bool:
        """Whether more than one cycle is possible."""
        documents = [event.document for event in self.events]
        again = self.removes and any(one["eventType"] == "course.assigned" for one in documents)
        return again or any(one.get("startsOver") for one in documents)

    def tell(self, random: Random, minute: float) -> Event:
        """Add an event that occurred in this minute."""
        event = Event(self._document(random, minute), self.person)
        self.events.append(event)
        return event

    def _document(self, random: Random, minute: float) -> Document:
        occurred = FIRST + timedelta(minutes=minute)
        # Of two events at one instant, only one may have terms or a kind. Which of two counts is not specified.
        again = any(event.document["occurredAt"] == occurred.isoformat() for event in self.events)
        weights = (0 if again else 4, 5, 3, 1, 2 if minute else 0)
        what = random.choices(("assigned", "progressed", "completed", "started", "unassigned"), weights)[0]
        document: Document = {
            "specVersion": "1.0",
            "eventId": f"{self.id}/{len(self.events)}",
            "eventType": f"course.{what}",
            "occurredAt": occurred.isoformat(),
            "enrollmentId": self.id,
        }
        if what != "unassigned" or random.random() < 0.7:
            document |= {"learner": self.person.name(self.learner_name), "course": self.course.name(self.course_name)}
        if what == "assigned":
            document |= {"activity": "assignment", "assignment": _terms(random, occurred)}
        elif self.kind is not None and not again and random.random() < 0.8:
            document["activity"] = random.choice(_KINDS[:2]) if random.random() < 0.1 else self.kind
        progress = _progress(random, what, occurred)
        if progress:
            document["progress"] = progress
        if what != "unassigned" and random.random() < 0.07:
            document["startsOver"] = True
        return document


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
