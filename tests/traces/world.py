"""Everything around the workers: messages, and what Graph shows, on a clock that only the test sets.

Nothing waits, so a trace of several minutes runs in a moment, and always in the same way. Activities in the simulator
become visible and invisible by this clock. Only deadlines, which end requests that hang, use the real clock.
"""

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from activities.domain.desired import desired_state
from activities.domain.record import ActivityRecord
from activities.settings import Settings
from activities.storage.account import StorageAccount
from activities.storage.keys import keys
from activities.storage.ledger import Ledger
from tests.faults.accounting import compare, expected_state
from tests.traces.post import Post, Queued
from tests.traces.stories import ENROLMENT, Event, text_of
from tests.traces.worker import InFlight, Worker
from tools.develop.simulator import Activity, Simulator

Start = Callable[[Callable[[], float], Mapping[str, str]], Awaitable[Worker]]

# Later than the events of every story.
BEGIN = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
DELIVERIES = 100


class World:
    """Everything except the workers. `start` starts a worker, given its clock and the settings to change."""

    def __init__(
        self, simulator: Simulator, settings: Settings, storage: StorageAccount, post: Post, start: Start
    ) -> None:
        self.simulator = simulator
        self.settings = settings
        self.post = post
        self.now = BEGIN
        self.deletions_show_after = settings.settle
        self.events: list[Event] = []
        self._table = storage.table(settings.activities_table)
        self._people = storage.table(settings.people_table)
        self._start = start
        self._created: dict[Activity, float] = {}
        self._deleted: dict[Activity, float] = {}
        simulator.configure(visible_after=10.0**6)

    async def worker(self, ahead: float = 0.0, **settings: str) -> Worker:
        """Start a worker whose clock runs `ahead` seconds fast. `settings` override app settings."""
        return await self._start(lambda: self.now + ahead, settings)

    def publish(self, event: Event, *, counts: bool = True, **named: object) -> Queued:
        """Put an event on the inbound queue.

        `named` is how it names the learner or course, if not by Graph's ids. An event that doesn't count must have no
        effect.
        """
        if counts:
            self.events.append(event)
        return self.post.publish(text_of({**event, **named}))

    def advance(self, seconds: float) -> None:
        """Let time pass. Graph then shows the changes that are old enough."""
        self._notice()
        self.now += seconds
        for activity, since in self._created.items():
            if since + self.settings.settle <= self.now:
                activity.shows_at = 0.0
        for activity, since in self._deleted.items():
            if since + self.deletions_show_after <= self.now:
                activity.hides_at = 0.0

    def _notice(self) -> None:
        live = self.simulator.activities
        for activity in live:
            self._created.setdefault(activity, self.now)
        for activity in self._created:
            if activity not in live:
                self._deleted.setdefault(activity, self.now)

    async def land(self, flight: InFlight) -> None:
        """Let a request that's on its way take effect."""
        await flight.land(self.simulator.url)

    async def apply(self, worker: Worker, *events: Event) -> None:
        """Publish events, handle all messages, and wait until Graph is certain to show the result."""
        for event in events:
            self.publish(event)
        await self.drain(worker)
        self.advance(10 * self.settings.settle)

    async def deliver(self, worker: Worker, message: Queued) -> None:
        """Deliver a message, and check that nothing is lost afterwards."""
        await worker.take(message)
        await self.check_nothing_is_lost()

    async def drain(self, worker: Worker, until: float = math.inf) -> None:
        """Let a worker handle messages as they become visible, until none is left or the time is `until`."""
        for _ in range(DELIVERIES):
            message = self.post.next()
            if message is None or message.due > until:
                break
            self.advance(max(message.due - self.now, 0.0))
            await self.deliver(worker, message)
        else:
            raise AssertionError(f"messages keep coming; wrong in Graph: {self.wrong()}")
        if until < math.inf:
            self.advance(max(until - self.now, 0.0))

    async def record(self, enrolment: str = ENROLMENT) -> ActivityRecord:
        """Return a record as the ledger has it."""
        return (await Ledger(self._table).load(enrolment)).record

    async def row(self, enrolment: str = ENROLMENT) -> dict[str, object]:
        """Return a record's row."""
        return dict(await self._table.get_entity(*keys(enrolment)))

    async def lose_record(self, enrolment: str = ENROLMENT) -> None:
        """Delete a record's row, as if it were lost."""
        await self._table.delete_entity(*keys(enrolment))

    async def name_account(self, account: str, source: str = "lms", **columns: str) -> dict[str, object]:
        """Write a row to the table `people` that says whose an LMS account is. Return a reference to the account."""
        partition, row = keys(f"{source}\n{account}")
        await self._people.upsert_entity({"PartitionKey": partition, "RowKey": row, **columns})
        return {"lmsAccount": {"source": source, "id": account}}

    def sent(self, *operations: str) -> list[str]:
        """Return the requests that reached Graph, in order: the writes, or those with these names."""
        wanted = operations or ("create", "update", "delete")
        return [one.operation for one in self.simulator.requests if one.operation in wanted]

    async def check_nothing_is_lost(self) -> None:
        """Check that a live message or dead letter leads back to the record, unless its state is acknowledged.

        A record that's held back doesn't need one.
        """
        record = await self.record()
        stands = self._acknowledged(record) or record.sync.held_back is not None
        assert stands or self.post.live or self.post.dead_letters, "lost: no message leads back to the record"

    async def check_all_is_well(self, *letters: str) -> None:
        """Check what `check_graph` checks, and that the record knows what Graph has."""
        self.check_graph(*letters)
        assert self._acknowledged(await self.record()), "the record doesn't have the acknowledged state"

    def check_graph(self, *letters: str) -> None:
        """Check that no message is left, and that Graph has what the events add up to.

        `letters` are the reasons of the dead letters that are expected.
        """
        wrong = self.wrong()
        assert not wrong, f"wrong in Graph: {wrong}"
        assert not self.post.live, "messages are left"
        left = sorted(letter.reason for letter in self.post.dead_letters.values())
        assert left == sorted(letters), f"dead letters are left: {left}"

    def wrong(self) -> list[str]:
        """Return what's wrong in Graph, given the events in the order in which they occurred."""
        found = [
            {"id": one.id, "external_id": one.external_id, "kind": one.kind, "body": one.body}
            for one in self.simulator.activities
        ]
        comparison = asdict(compare(expected_state(self.events), found))
        return [name for name, enrolments in comparison.items() if enrolments]

    def _acknowledged(self, record: ActivityRecord) -> bool:
        """Return whether Graph has acknowledged the desired state. This doesn't use the service's own plan."""
        desired, state = desired_state(record, self.settings.learning_provider_id), record.sync
        if state.attempt is not None:
            return False
        if desired is None:
            return state.activity is None
        return state.activity is not None and state.activity.acknowledged == desired.digest
