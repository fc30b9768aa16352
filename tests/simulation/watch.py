"""Checks what must be true at every moment of a run, whatever goes wrong."""

from typing import TYPE_CHECKING, Any

from activities.domain.desired import Desired, desired_state
from activities.domain.record import ActivityRecord, row_key
from activities.domain.shadow import LIVE, Shadow
from activities.storage.keys import keys
from activities.storage.rows import record_of
from tests.simulation.around import Around
from tests.simulation.memory.queue import Queue, Queued
from tests.simulation.memory.tenant import EXTERNAL_ID, Activity, Body
from tests.simulation.passage import Sent
from tests.simulation.process import Process

if TYPE_CHECKING:
    from tests.simulation.story import Enrolment

WRITES = frozenset({"graph:create", "graph:update", "graph:delete"})
_LEARNER = "learnerUserId"


class Watch:
    """Checks the invariants while a run goes on."""

    def __init__(self, world: Around) -> None:
        self.writes = 0
        self.requests = 0
        self._world = world
        self._by_external: dict[str, Enrolment] = {}
        self._by_key: dict[str, Enrolment] = {}
        world.tenant.created = self.created
        world.tenant.changed = self.changed

    def add(self, enrolment: "Enrolment") -> None:
        """Watch an enrolment."""
        self._by_external[enrolment.external_id] = enrolment
        self._by_key[row_key(enrolment.id)] = enrolment

    def sent(self, process: Process, operation: str, about: str) -> Sent | None:
        """Check a request that a process sends. Return it with its lease, or None if it doesn't need one.

        A write to Graph and a record's letter need a lease that's in the ledger and long enough.
        """
        if operation.startswith("graph:"):
            self.requests += 1
        if operation in WRITES:
            self.writes += 1
            enrolment = self._by_external.get(about)
        elif operation == "blob:put":
            enrolment = self._by_key.get(about.removesuffix(".json"))
        else:
            return None
        if enrolment is None:
            return None
        row = self._row(keys(enrolment.id))
        left = float(row.get("lease_until", 0.0)) - process.clock()
        sent = f"{operation} of {enrolment.id} by {process.name}"
        if operation in WRITES and _in_shadow(process.shadow, enrolment):
            self._world.fail(f"{sent} in shadow")
        if operation in WRITES and left < self._world.settings.graph_deadline - 0.001:
            self._world.fail(f"{sent} under a lease of {left:.1f} s")
        if operation == "blob:put" and left < 0.0:
            self._world.fail(f"{sent} after its lease")
        if operation == "graph:create" and "attempt_conclusive_from" not in row:
            self._world.fail(f"{sent} was not written ahead")
        return Sent(sent, keys(enrolment.id), row.get("lease_owner"), left)

    def lands(self, sent: Sent) -> None:
        """Check a request that's about to take effect. Its lease must not have been given back or taken over."""
        row = self._row(sent.row)
        if row and row.get("lease_owner") != sent.owner:
            self._world.fail(f"{sent.what} takes effect after its lease was given back or taken over")

    def _row(self, row: tuple[str, str]) -> dict[str, Any]:
        found = self._world.table.rows.get(row)
        return {} if found is None else found[1]

    def created(self, activity: Activity) -> None:
        """Check a new activity. It must be its enrolment's only one, and belong to the same learner as before."""
        world, name = self._world, activity.external_id
        same = [one for one in world.tenant.activities.values() if one.external_id == name]
        if sum(1 for one in same if one.deleted is None) > 1:
            world.fail(f"doubled: {name} has more than one activity")
        enrolment = self._by_external.get(name)
        if enrolment is None:
            return
        if not enrolment.rebound and len({one.body[_LEARNER] for one in same}) > 1:
            world.fail(f"moved: {name} has had activities of two learners")
        if activity.body[_LEARNER] not in enrolment.learners:
            world.fail(f"moved: {name} became an activity of {activity.body[_LEARNER]}")

    def changed(self, activity: Activity, body: Body | None) -> None:
        """Check a change or deletion (None) of an activity. It must not go back from completed within a cycle."""
        if activity.body["status"] != "completed":
            return
        enrolment = self._by_external.get(activity.external_id)
        if enrolment is None:
            return
        if body is None:
            may_go = enrolment.rebound or enrolment.forgotten_by == "forget-activity"
            if not (may_go or (enrolment.removes and enrolment.has_cycles)):
                self._world.fail(f"regressed: the completed activity of {activity.body[EXTERNAL_ID]} is deleted")
        elif body["status"] != "completed" and not enrolment.has_cycles:
            self._world.fail(f"regressed: the activity of {activity.body[EXTERNAL_ID]} is no longer completed")

    def deleted(self, queue: Queue, message: Queued) -> None:
        """Check after a message was deleted that something else stands for what it said (invariants 1 and 2)."""
        for enrolment in self._by_key.values():
            if any(name in message.text for name in _names(enrolment)):
                self.check_not_lost(enrolment, f"after {queue.name} {message.number}")

    def check_not_lost(self, enrolment: "Enrolment", when: str) -> None:
        """Check that a message or a letter leads to the record, unless Graph has acknowledged the desired state."""
        if self._live(enrolment):
            return
        record = self.record(enrolment)
        if record is None:
            if not enrolment.published_ids <= self._in_letters():
                self._world.fail(f"lost: nothing leads to {enrolment.id}, which has no record ({when})")
        elif record.sync.held_back is not None or self._acknowledged(record):
            return
        elif not (self._has_letter(enrolment) or self._has_kept_letter(enrolment)):
            self._world.fail(f"lost: nothing leads to {enrolment.id}, which is not acknowledged ({when})")

    def check_idle(self) -> None:
        """Check, when no message is left, that exactly the records with a fault have a letter."""
        for enrolment in self._by_key.values():
            self.check_not_lost(enrolment, "idle")
            record, letter = self.record(enrolment), self._has_letter(enrolment)
            parked = record is not None and record.sync.parked is not None
            if record is not None and record.sync.held_back is not None and self._world.shadow == LIVE:
                self._world.fail(f"held back although nobody is in shadow: {enrolment.id}")
            if letter and not parked:
                self._world.fail(f"a letter without a fault: {enrolment.id}")
            if parked and not letter and not self._has_kept_letter(enrolment):
                self._world.fail(f"a fault without a letter: {enrolment.id}")

    def key_of(self, enrolment: "Enrolment") -> str:
        """Return the row key of an enrolment's record, which is the id of its letter."""
        return row_key(enrolment.id)

    def record(self, enrolment: "Enrolment") -> ActivityRecord | None:
        """Return the record of an enrolment, if there is one."""
        found = self._world.table.rows.get(keys(enrolment.id))
        return None if found is None else record_of(found[1])

    def _live(self, enrolment: "Enrolment") -> bool:
        names = _names(enrolment)
        return any(
            name in message.text
            for queue in self._world.queues.values()
            for message in queue.messages
            for name in names
        )

    def _has_letter(self, enrolment: "Enrolment") -> bool:
        return f"{row_key(enrolment.id)}.json" in self._world.letters.blobs

    def _has_kept_letter(self, enrolment: "Enrolment") -> bool:
        """Whether a detached letter leads to an enrolment.

        There is one if the record is about to begin again, or if it couldn't be parked when the host gave up.
        """
        found, record = row_key(enrolment.id), self.record(enrolment)
        reasons = {"host_poison", None if record is None else record.sync.parked}
        return any(
            blob.metadata.get("record") == found and blob.metadata["reason"] in reasons
            for blob in self._world.letters.blobs.values()
        )

    def _in_letters(self) -> set[str]:
        """Return the ids of the published events that are in letters."""
        texts = [blob.content.decode() for blob in self._world.letters.blobs.values()]
        ids = {event_id for enrolment in self._by_key.values() for event_id in enrolment.published_ids}
        return {event_id for event_id in ids if any(event_id in text for text in texts)}

    def _acknowledged(self, record: ActivityRecord) -> bool:
        desired, state = self._desired(record), record.sync
        if state.attempt is not None:
            return False
        if desired is None or state.activity is None:
            return desired is None and state.activity is None
        return state.activity.acknowledged == desired.digest and state.activity.immutable.type == desired.type

    def _desired(self, record: ActivityRecord) -> Desired | None:
        return desired_state(record, self._world.settings.learning_provider_id)

    def describe(self, operation: str, about: str, result: object) -> str:
        """Describe the effect of a request, for the trace."""
        if operation in ("table:insert", "table:update") and about in self._by_key:
            if isinstance(result, Exception):
                return repr(result)
            record = self.record(self._by_key[about])
            return "" if record is None else _summary(record, self._desired(record))
        return str(result)[:160]


def _in_shadow(shadow: Shadow, enrolment: "Enrolment") -> bool:
    """Whether everybody whom the enrolment may belong to is in shadow."""
    return not enrolment.learners & shadow.pilot if shadow.pilot else shadow.everybody


def _names(enrolment: "Enrolment") -> tuple[str, str]:
    """Return an enrolment's label and record key. Every message about it contains one of them."""
    return f"{enrolment.label}/", row_key(enrolment.id)


def _summary(record: ActivityRecord, desired: Desired | None) -> str:
    """Return one line with what a record wants, and its state."""
    wants = "nothing" if desired is None else f"{desired.status} {desired.percentage} {desired.type}"
    state = record.sync
    parts = {name: getattr(state, name) for name in type(state).__dataclass_fields__}
    return f"wants {wants}; " + " ".join(f"{name}={value}" for name, value in parts.items() if value)
