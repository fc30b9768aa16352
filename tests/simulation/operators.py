"""What operators do, with the app's own code and a connection without faults."""

import json
from typing import TYPE_CHECKING, Any, cast

from activities.domain.record import row_key
from activities.storage.delivery import Delivery
from activities.storage.envelope import MARKER, VERSION
from activities.storage.letters import Letters
from tests.simulation.memory.container import MemoryContainer
from tests.simulation.memory.queue import MemoryQueue
from tests.simulation.memory.wire import Calm

if TYPE_CHECKING:
    from tests.simulation.story import Enrolment
    from tests.simulation.world import World


class Operator:
    """Redrives dead letters and sends control messages."""

    def __init__(self, world: "World") -> None:
        self._world = world
        wire = Calm()
        self._letters = Letters(cast("Any", MemoryContainer(world.letters, wire)))
        self._delivery = Delivery(
            events=cast("Any", MemoryQueue(world.queues["events"], wire)),
            retries=cast("Any", MemoryQueue(world.queues["retries"], wire)),
            bodies=cast("Any", MemoryContainer(world.bodies, wire)),
        )

    async def redrive(self) -> int:
        """Put the messages of all dead letters back, and return how many there were."""
        found = [letter async for letter in self._letters.list()]
        for facts in found:
            letter = await self._letters.read(facts.id)
            if letter is not None:
                self._world.tell(f"operator redrives {facts.reason} {facts.id[:12]}")
                await self._delivery.redrive(letter)
                await self._letters.delete(facts.id, facts.etag)
        return len(found)

    def set_going(self, enrolments: "list[Enrolment]") -> None:
        """Let the app continue with what was held back, once it's no longer in shadow."""
        for one in enrolments:
            record = self._world.watch.record(one)
            if record is not None and record.sync.held_back is not None:
                self.control("check", one)

    def control(self, action: str, enrolment: "Enrolment") -> None:
        """Send a control message about an enrolment."""
        self._world.tell(f"operator: {action} {enrolment.id}")
        enrolment.controlled = True
        enrolment.rebound = enrolment.rebound or action == "rebind"
        record = row_key(enrolment.id)
        document = {"envelope": f"{MARKER}/{VERSION}", "control": action, "record": record}
        if action == "forget-activity":
            # If the record has been forgotten, its row doesn't have the enrolment id.
            document["enrollmentId"] = enrolment.id
        self._world.queues["retries"].put(json.dumps(document))
