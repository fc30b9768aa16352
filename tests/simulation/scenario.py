"""A scenario: a world without random faults, some enrolments, and what the test lets happen."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import Random

from activities.domain.outcomes import Outcome
from tests.simulation import loop
from tests.simulation.account import account
from tests.simulation.faults import Faults, Outage, Rates
from tests.simulation.memory.answers import Answer
from tests.simulation.memory.tenant import EXTERNAL_ID, Body, Tenant
from tests.simulation.operators import Operator
from tests.simulation.people import Course, Person
from tests.simulation.story import Document, Enrolment, Event, text_of
from tests.simulation.world import SETTINGS, World

HOUR, DAY = 3600.0, 24 * 3600.0
_LABEL = re.compile(r"(enrolment-\d+)/")


class Scenario:
    """A world, and what a test can do in it.

    Attributes:
        outcomes: what became of the messages of each enrolment, by its label.
    """

    def __init__(self, *, processes: int = 2, rates: Rates | None = None) -> None:
        random = Random(1)  # noqa: S311  the same in every run
        self.world = World(random, processes=processes)
        self.world.settings = SETTINGS
        self.world.restart()
        self.world.faults = Faults(random, rates)
        self.operator = Operator(self.world)
        self.enrolments: list[Enrolment] = []
        self.outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)
        self.world.host.handled = self._handled

    def _handled(self, text: str, outcome: Outcome) -> None:
        for label in set(_LABEL.findall(text)):
            self.outcomes[label].append(outcome)

    def enrolment(
        self, learner: str = "entraObjectId", course: str = "learningContentId", *, watched: bool = True
    ) -> Enrolment:
        """Add an enrolment whose events name learner and course in this way. Graph knows both.

        If `watched` is false, the enrolment is checked only at the end.
        """
        number = len(self.enrolments) + 1
        label = f"enrolment-{number}"
        one = Enrolment(label, label, Person(number), Course(number), learner, course, "assignment")
        one.learners.add(one.person.id)
        one.person.enters(self.world.tenant)
        one.course.enters(self.world.tenant)
        self.enrolments.append(one)
        if watched:
            self.world.watch.add(one)
        return one

    def assign(self, one: Enrolment) -> None:
        """Publish an assignment that occurs now."""
        self._publish(one, "assigned", {"assignment": {"type": "required"}})

    def progress(self, one: Enrolment, percentage: int) -> None:
        """Publish progress that occurs now."""
        self._publish(one, "progressed", {"progress": {"percentage": percentage}})

    def complete(self, one: Enrolment) -> None:
        """Publish a completion that occurs now."""
        self._publish(one, "completed", {})

    def _publish(self, one: Enrolment, what: str, parts: Document) -> None:
        document: Document = {
            "specVersion": "1.0",
            "eventId": f"{one.label}/{len(one.events)}",
            "eventType": f"course.{what}",
            "occurredAt": datetime.fromtimestamp(self.world.now, UTC).isoformat(),
            "enrollmentId": one.id,
            "activity": "assignment",
            "learner": one.person.name(one.learner_name),
            "course": one.course.name(one.course_name),
            **parts,
        }
        event = Event(document, one.person, one.course)
        one.events.append(event)
        one.published_ids.add(event.id)
        self.world.queues["events"].put(text_of([event]))

    def letter_of(self, one: Enrolment) -> str | None:
        """Return the reason of the enrolment's dead letter, if it has one."""
        blob = self.world.letters.blobs.get(f"{self.world.watch.key_of(one)}.json")
        return None if blob is None else blob.metadata["reason"]

    def refuse(self, one: Enrolment, answer: Answer) -> None:
        """Let Graph refuse every create of this enrolment's activity."""

        def rule(_: Tenant, operation: str, body: Body) -> Answer | None:
            return answer if operation == "create" and body[EXTERNAL_ID] == one.external_id else None

        self.world.tenant.rules.append(rule)

    def outage(self, place: str, hours: float, error: Exception | None) -> None:
        """Let everything at a place fail for some hours, or hang if there is no error."""
        now = asyncio.get_running_loop().time()
        self.world.faults.outages.append(Outage(place, now, now + hours * HOUR, error))

    async def settle(self) -> None:
        """Wait until all messages have been handled."""
        assert await self.world.drain(deliveries=10**6)
        self.world.watch.check_idle()
        self.world.check()

    def account(self) -> None:
        """Check that Graph has exactly what it should have, and that no dead letter is left."""
        account(self.world, self.enrolments, [])

    @property
    def letters(self) -> int:
        """The number of dead letters."""
        return len(self.world.letters.blobs)


def play(story: Callable[[Scenario], Awaitable[None]], *, processes: int = 2, rates: Rates | None = None) -> None:
    """Play a scenario on a virtual clock."""

    async def whole() -> None:
        scenario = Scenario(processes=processes, rates=rates)
        delivering = asyncio.ensure_future(scenario.world.host.run())
        try:
            await story(scenario)
            scenario.world.check()
        finally:
            delivering.cancel()

    loop.run(whole)
