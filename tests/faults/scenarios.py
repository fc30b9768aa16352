"""Lives of events, one for each way through the app, to be disturbed at every step."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.faults.actions import Status
from tests.faults.rig import Rig
from tests.faults.workload import FIRST, Event, story

NOT_VALID = {"error": {"code": "badRequest", "message": "Input field assignmentType is invalid"}}
HALF_A_MESSAGE_LEASE = 1.2  # a little more than that: the host renews


@dataclass(frozen=True)
class Plan:
    """What is published, and what should come of it.

    `before`: brought to rest before anything is disturbed; `then`: one message each, a list is a batch; `letter`: the
    reason of the dead letter in which everything ends, if it does.
    """

    then: list[Event | list[Event]]
    before: list[Event] = field(default_factory=list)
    letter: str | None = None

    @property
    def events(self) -> list[Event]:
        """All events."""
        batches = [message if isinstance(message, list) else [message] for message in self.then]
        return self.before + [event for batch in batches for event in batch]

    @property
    def enrolments(self) -> set[str]:
        """All enrolments."""
        return {event["enrollmentId"] for event in self.events}


def create(_rig: Rig, rng: Random) -> Plan:
    """An activity that did not exist."""
    return Plan(story(rng, FIRST)[:1])


def update(_rig: Rig, rng: Random) -> Plan:
    """One that does."""
    assigned, started, *_ = story(rng, FIRST)
    return Plan([started], [assigned])


def late(_rig: Rig, rng: Random) -> Plan:
    """Progress that comes after the completion."""
    assigned, _, progressed, *_, completed = story(rng, FIRST)
    return Plan([completed, progressed], [assigned])


def replace(_rig: Rig, rng: Random) -> Plan:
    """Graph cannot change the assignment's type: delete, create."""
    assigned, started, *_ = story(rng, FIRST)
    other = {"required": "recommended", "recommended": "required"}[assigned["assignment"]["type"]]
    news = {name: started[name] for name in ("eventId", "occurredAt")}
    return Plan([{**assigned, **news, "assignment": {"type": other}}], [assigned])


def remove(_rig: Rig, rng: Random) -> Plan:
    """The enrolment is withdrawn."""
    assigned, started, *_ = story(rng, FIRST)
    return Plan([{**started, "eventType": "course.unassigned"}], [assigned])


def throttled(rig: Rig, rng: Random) -> Plan:
    """Graph asks to wait; a second event comes meanwhile."""
    assigned, started, *_ = story(rng, FIRST)
    rig.simulator.fault(operation="create", status=429, retry_after="seconds", containing=assigned["enrollmentId"])
    return Plan([assigned, started])


def unclear(rig: Rig, rng: Random) -> Plan:
    """The create lands, its answer is lost."""
    assigned = story(rng, FIRST)[0]
    rig.simulator.fault(operation="create", reset="after", containing=assigned["enrollmentId"])
    return Plan([assigned])


def not_done(rig: Rig, rng: Random) -> Plan:
    """The create does not land, and the answer says nothing about it."""
    assigned = story(rng, FIRST)[0]
    rig.simulator.fault(operation="create", status=502, containing=assigned["enrollmentId"])
    return Plan([assigned])


def slow(rig: Rig, rng: Random) -> Plan:
    """Graph takes so long that the host has to keep its message hidden."""
    assigned = story(rng, FIRST)[0]
    rig.simulator.fault(operation="create", delay_response=HALF_A_MESSAGE_LEASE, containing=assigned["enrollmentId"])
    return Plan([assigned])


def rejected(rig: Rig, rng: Random) -> Plan:
    """Graph will never accept it."""
    assigned = story(rng, FIRST)[0]
    rig.simulator.fault(operation="create", status=400, body=NOT_VALID, times=0, containing=assigned["enrollmentId"])
    return Plan([assigned], letter="rejected_by_graph")


def healed(rig: Rig, rng: Random) -> Plan:
    """Graph refused it, and accepts what comes next: the dead letter goes."""
    assigned, started, *_ = story(rng, FIRST)
    rig.simulator.fault(operation="create", status=400, body=NOT_VALID, containing=assigned["enrollmentId"])
    return Plan([started], [assigned])


def batch(_rig: Rig, rng: Random) -> Plan:
    """Two events in one message."""
    return Plan([[story(rng, FIRST)[0], story(rng, FIRST)[0]]])


def poison(rig: Rig, rng: Random) -> Plan:
    """The ledger answers something that it should not, until the host gives up."""
    rig.proxied["table"].rule("table:get", point="after", action=Status(501), times=math.inf)
    return Plan(story(rng, FIRST)[:1], letter="host_poison")


Scenario = Callable[[Rig, Random], Plan]
SCENARIOS: dict[str, Scenario] = {
    scenario.__name__.replace("_", " "): scenario
    for scenario in (
        create, update, late, replace, remove, throttled, unclear, not_done, slow, rejected, healed, batch, poison
    )
}  # fmt: skip
