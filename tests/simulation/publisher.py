"""Publishes events in any order, some twice, some in batches, and also messages that aren't valid events."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from activities.domain.events import LearningEvent
from activities.intake.parse import Understood, parse
from tests.simulation.operators import Operator
from tests.simulation.people import NAMES, Course, Person
from tests.simulation.story import NATIVE, SIMULATED, Enrolment, Event, text_of

if TYPE_CHECKING:
    from tests.simulation.world import World

type Sent = list[tuple[Enrolment, Event]]

_PAUSES = (0.0, 0.0, 0.5, 3.0, 20.0, 70.0, 200.0, 3600.0)
# Long enough for leases to expire, and for Graph to show the last requests.
_STANDSTILL = 200.0


def enrolment(world: "World", number: int) -> Enrolment:
    """Return an enrolment with its own story. The directory and the catalogue have its learner and its course."""
    random, label = world.random, f"enrolment-{number}"
    person, course = Person(number + 1), Course(number + 1)
    person.enters(world.tenant)
    person.has_account(world.people, random)
    course.enters(world.tenant)
    simulated = random.random() < 0.15
    one = Enrolment(
        label,
        random.choice((label, f"{label}?a b")),
        person,
        course,
        "email" if simulated else random.choice(NAMES),
        "externalId" if simulated else random.choice(("learningContentId", "externalId")),
        random.choice(("assignment", "assignment", "selfInitiated", None)),
        SIMULATED if simulated else NATIVE,
        {person.id},
    )
    minute = 0
    for _ in range(random.randint(2, 9)):
        one.tell(random, minute)
        minute += random.choice((0, 1, 1, 1, 5))
    if simulated:
        one.id = _understood(world, one.events[0]).enrollment_id
    return one


def _understood(world: "World", event: Event) -> LearningEvent:
    result = parse(text_of([event]).encode(), world.formats)
    assert isinstance(result, Understood)
    return result.event


class Publisher:
    """Sends the events of some enrolments, and other things that may be on the queue."""

    def __init__(self, world: "World", enrolments: list[Enrolment], operator: Operator) -> None:
        self.nonsense: list[str] = []
        self._world = world
        self._enrolments = enrolments
        self._operator = operator

    async def publish(self) -> None:
        """Send everything. The ledger may get lost in the meantime."""
        random = self._world.random
        coming = self._in_order(random)
        lost_after = random.randrange(len(coming)) if self._may_lose_the_ledger and random.random() < 0.1 else None
        while coming:
            count = random.choice((1, 1, 1, 1, 2, 3))
            sent, coming = coming[:count], coming[count:]
            self._send(sent)
            if random.random() < 0.02:
                self._send_nonsense()
            await self._world.wait(random.choice(_PAUSES) * random.random())
            self._world.check()
            one = random.choice(self._enrolments)
            if random.random() < 0.04 and self._world.watch.record(one) is not None:
                self._operator.control(random.choice(("check", "check", "rebind")), one)
            if lost_after is not None and len(coming) <= lost_after:
                lost_after = None
                await self._lose_the_ledger()

    @property
    def _may_lose_the_ledger(self) -> bool:
        """Whether each enrolment's owner will still be the same afterwards, although the first event decides again."""
        return not any(one.is_in_doubt for one in self._enrolments)

    def _in_order(self, random: Random) -> Sent:
        coming = [(one, event) for one in self._enrolments for event in one.events]
        random.shuffle(coming)
        if random.random() < 0.6:
            coming.sort(key=lambda pair: str(pair[1].document["occurredAt"]))
        return coming + random.sample(coming, random.randint(0, 2) if len(coming) > 1 else 0)

    def _send(self, sent: Sent) -> None:
        for one, event in sent:
            one.published_ids.add(event.id)
        self._world.tell(f"publish {[event.id for _, event in sent]}")
        self._world.queues["events"].put(text_of([event for _, event in sent]))

    def _send_nonsense(self) -> None:
        """Send a message for a dead letter: not an event, or one from the future, which would freeze the record."""
        world, name = self._world, f"nonsense-{len(self.nonsense)}"
        self.nonsense.append(name)
        future = datetime.fromtimestamp(world.now, UTC) + timedelta(days=400)
        event = world.random.choice(self._enrolments).events[0].document
        document = world.random.choice(({}, event | {"eventId": name, "occurredAt": future.isoformat()}))
        world.tell(f"publish {name}")
        world.queues["events"].put(json.dumps(document | {"name": name}))

    async def _lose_the_ledger(self) -> None:
        """Lose the ledger, and rebuild it as `docs/operations.md` says."""
        world = self._world
        world.tell("the ledger is lost")
        world.stopped = True
        world.rebuilds = True
        world.restart()
        await world.wait(_STANDSTILL)
        world.table.rows.clear()
        # Operators wait until Graph no longer shows anything that was deleted.
        world.tenant.settle()
        for one in self._enrolments:
            bodies = [activity.body for activity in world.tenant.live if activity.external_id == one.external_id]
            one.known_to_graph = bodies[0] if bodies else {}
        world.stopped = False
        world.host.change()
        again = [(one, event) for one in self._enrolments for event in one.events if event.id in one.published_ids]
        world.random.shuffle(again)
        for pair in again:
            self._send([pair])
        await self._operator.redrive()
