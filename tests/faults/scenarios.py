"""Scenarios for the kill matrix, one for each path that a message can take."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.faults.actions import Status
from tests.faults.rig import RETRIES, Rig
from tests.faults.workload import FIRST, Event, story

# How often the host delivers a message before it gives up. The kill matrix sets this.
DELIVERIES = 3
NOT_VALID = {"error": {"code": "badRequest", "message": "Input field assignmentType is invalid"}}
# The host renews a message's lock at half its time. This is a little longer.
LONGER_THAN_HALF_A_LOCK = 1.2


@dataclass(frozen=True)
class Plan:
    """What is published, and what it should lead to.

    Args:
        then: the messages of the scenario. A list is a batch.
        before: events that are applied before the scenario begins.
        letter: the reason of the dead letter that the scenario ends with, if any.
        stays: whether what `before` led to stays even though there is a dead letter.
    """

    then: list[Event | list[Event]]
    before: list[Event] = field(default_factory=list)
    letter: str | None = None
    stays: bool = False

    @property
    def events(self) -> list[Event]:
        """All events of the scenario."""
        batches = [message if isinstance(message, list) else [message] for message in self.then]
        return self.before + [event for batch in batches for event in batch]

    @property
    def applied(self) -> list[Event]:
        """The events whose effect Graph shows in the end."""
        if self.letter is None:
            return self.events
        return self.before if self.stays else []

    @property
    def enrolments(self) -> set[str]:
        """All enrollments of the scenario."""
        return {event["enrollmentId"] for event in self.events}


def create(_rig: Rig, rng: Random) -> Plan:
    """A course is assigned: create."""
    return Plan(story(rng, FIRST)[:1])


def update(_rig: Rig, rng: Random) -> Plan:
    """The learner starts: update."""
    assigned, started, *_ = story(rng, FIRST)
    return Plan([started], [assigned])


def late(_rig: Rig, rng: Random) -> Plan:
    """Progress arrives after the completion."""
    assigned, _, progressed, *_, completed = story(rng, FIRST)
    return Plan([completed, progressed], [assigned])


def replace(_rig: Rig, rng: Random) -> Plan:
    """The assignment type changes, which Graph can't update: delete and create."""
    assigned, started, *_ = story(rng, FIRST)
    return Plan([_of_another_type(assigned, started)], [assigned])


def refused_replace(rig: Rig, rng: Random) -> Plan:
    """Graph refuses the other type: the former activity comes back."""
    assigned, started, *_ = story(rng, FIRST)
    other = _of_another_type(assigned, started)
    refused = {"learner": assigned["learner"]["entraObjectId"], "containing": repr(other["assignment"]["type"])}
    rig.simulator.fault(operation="create", status=400, body=NOT_VALID, times=0, **refused)
    return Plan([other], [assigned], letter="rejected_by_graph", stays=True)


def _of_another_type(assigned: Event, later: Event) -> Event:
    """Return the assignment with the other type, and with a later event's id and time."""
    other = {"required": "recommended", "recommended": "required"}[assigned["assignment"]["type"]]
    at = {name: later[name] for name in ("eventId", "occurredAt")}
    return {**assigned, **at, "assignment": {"type": other}}


def renewal(_rig: Rig, rng: Random) -> Plan:
    """The course must be completed again: an update that takes the completion back."""
    assigned, started, *_, completed = story(rng, FIRST)
    again = {**assigned, "eventId": started["eventId"], "occurredAt": "2026-06-01T00:00:00Z", "startsOver": True}
    return Plan([again], [assigned, completed])


def unknown_kind(_rig: Rig, rng: Random) -> Plan:
    """The completion comes before the assignment and doesn't say its kind."""
    assigned, *_, completed = story(rng, FIRST)
    return Plan([{name: value for name, value in completed.items() if name != "activity"}, assigned])


def conflict(_rig: Rig, rng: Random) -> Plan:
    """An event names another learner than the enrollment's: nothing changes for the first one."""
    assigned, started, *_ = story(rng, FIRST)
    another = story(rng, FIRST)[0]["learner"]
    return Plan([{**started, "learner": another}], [assigned], letter="identity_conflict", stays=True)


def remove(_rig: Rig, rng: Random) -> Plan:
    """The enrollment is withdrawn: delete."""
    assigned, started, *_ = story(rng, FIRST)
    return Plan([{**started, "eventType": "course.unassigned"}], [assigned])


def throttled(rig: Rig, rng: Random) -> Plan:
    """Graph throttles a request, and a second event arrives while the first one waits."""
    assigned, started, *_ = story(rng, FIRST)
    rig.simulator.fault(operation="create", status=429, retry_after="seconds", containing=assigned["enrollmentId"])
    return Plan([assigned, started])


def unclear(rig: Rig, rng: Random) -> Plan:
    """The create takes effect, but its response is lost."""
    assigned = story(rng, FIRST)[0]
    rig.simulator.fault(operation="create", reset="after", containing=assigned["enrollmentId"])
    return Plan([assigned])


def not_done(rig: Rig, rng: Random) -> Plan:
    """The create doesn't take effect, and the response doesn't say so."""
    assigned = story(rng, FIRST)[0]
    rig.simulator.fault(operation="create", status=502, containing=assigned["enrollmentId"])
    return Plan([assigned])


def slow(rig: Rig, rng: Random) -> Plan:
    """Graph takes so long that the host must renew the message's lock."""
    assigned = story(rng, FIRST)[0]
    rig.simulator.fault(operation="create", delay_response=LONGER_THAN_HALF_A_LOCK, containing=assigned["enrollmentId"])
    return Plan([assigned])


def rejected(rig: Rig, rng: Random) -> Plan:
    """Graph will never accept the event."""
    assigned = story(rng, FIRST)[0]
    rig.simulator.fault(operation="create", status=400, body=NOT_VALID, times=0, containing=assigned["enrollmentId"])
    return Plan([assigned], letter="rejected_by_graph")


def healed(rig: Rig, rng: Random) -> Plan:
    """Graph refuses an event and accepts the next one: the dead letter is deleted."""
    assigned, started, *_ = story(rng, FIRST)
    rig.simulator.fault(operation="create", status=400, body=NOT_VALID, containing=assigned["enrollmentId"])
    return Plan([started], [assigned])


def batch(_rig: Rig, rng: Random) -> Plan:
    """A message has two events."""
    return Plan([[story(rng, FIRST)[0], story(rng, FIRST)[0]]])


def poison(rig: Rig, rng: Random) -> Plan:
    """The ledger refuses requests as malformed, and the retry queue is closed, until the host gives up."""
    rig.proxied["table"].rule("table:get", point="after", action=Status(400), times=DELIVERIES)
    rig.proxied["queue"].rule(f"queue:put:{RETRIES}", action=Status(403), times=DELIVERIES)
    return Plan(story(rng, FIRST)[:1], letter="host_poison")


Scenario = Callable[[Rig, Random], Plan]
SCENARIOS: dict[str, Scenario] = {
    scenario.__name__.replace("_", " "): scenario
    for scenario in (
        create, update, late, replace, refused_replace, renewal, unknown_kind, conflict, remove, throttled, unclear,
        not_done, slow, rejected, healed, batch, poison,
    )
}  # fmt: skip
