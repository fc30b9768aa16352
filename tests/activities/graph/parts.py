"""What tests of the Graph room pass to it: a desired state, ids, and a shared state in memory."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from functools import wraps
from typing import Any

from activities.domain.desired import Desired
from activities.domain.errors import EverybodysFault, GraphError
from activities.domain.shared_state import GraphState, Told
from activities.domain.terms import ActivityType, OwnerIds, Reference, ResolvedIds, Subject
from activities.graph.admission import Admission
from activities.graph.client import Graph
from tests.simulation.loop import VirtualLoop
from tools.develop.simulator import Config

type Change = Callable[[GraphState], GraphState]

LEARNER = "7ba2228a-e020-11ec-9d64-0242ac120002"
CONTENT = "57baf9dc-e020-11ec-9d64-0242ac120002"
IDS = ResolvedIds(OwnerIds(LEARNER, CONTENT))
SUBJECT = Subject(Reference("entraObjectId", LEARNER), Reference("learningContentId", CONTENT))
ASSIGNMENT = ActivityType("assignment", "required")
SELF_INITIATED = ActivityType("selfInitiated")


def desired(enrollment_id: str = "enrolment-1", **changes: Any) -> Desired:  # noqa: ANN401  any attribute
    """Return what an assignment in progress should be, with changed attributes."""
    values = {
        "provider_id": Config().provider_id,
        "subject": SUBJECT,
        "type": ASSIGNMENT,
        "status": "inProgress",
        **changes,
    }
    return Desired(enrollment_id=enrollment_id, **values)


def fault_of(kind: str, detail: str = "create: 403", **more: Any) -> EverybodysFault:  # noqa: ANN401  any attribute
    """Return a fault that everybody would meet with a request of this kind."""
    fault = EverybodysFault(detail, **more)
    fault.kind = kind
    return fault


class Memory:
    """A shared state that several processes have in common. It doesn't tell the time."""

    def __init__(self) -> None:
        self.state = GraphState()
        self.exchanges = 0

    async def exchange(self, change: Change, _latest: float) -> Told | None:
        """Change what everybody knows, and return it."""
        self.exchanges += 1
        self.state = change(self.state)
        return Told(self.state)

    async def time(self) -> float | None:
        """Don't tell the time."""
        return None


class Raising(Memory):
    """A shared state whose storage raises an exception that no SDK documents."""

    async def exchange(self, _change: Change, _latest: float) -> Told | None:
        """Raise it."""
        raise BufferError


class Silent(Memory):
    """A shared state that never responds, and notes what it would have been told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[GraphState] = []

    async def exchange(self, change: Change, _latest: float) -> Told | None:
        """Never respond."""
        self.told.append(change(self.state))
        await asyncio.Event().wait()
        return None


class Slow(Memory):
    """A shared state that takes a second, and notes how many exchanges are under way."""

    under_way = most = 0

    async def exchange(self, change: Change, latest: float) -> Told | None:
        """Take a second, in which others may do something."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(1)
        self.under_way -= 1
        return await super().exchange(change, latest)


def on_a_virtual_clock(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test on an event loop whose time jumps to the next timer."""

    @wraps(test)
    def whole(**fixtures: Any) -> None:  # noqa: ANN401  whatever the test asks for
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test(**fixtures))

    return whole


async def create(graph: Graph, record: str) -> GraphError | None:
    """Create an activity as the sync does, and return the error if there is one."""
    try:
        await graph.ready("create/assignment")
        await graph.create(desired(record), IDS)
    except EverybodysFault as fault:
        await graph.suspect(fault, record)
        return fault
    except GraphError as error:
        return error
    return None


# Seconds of the default settings.
HOLD, PROBE = 300, 40


def admission_with(shared: Memory | None = None) -> Admission:
    """Return an admission with the hold and the deadline of the default settings."""
    return Admission(hold=HOLD, probe=PROBE, shared=shared, share=30)


async def fail(admission: Admission, records: Iterable[str], kind: str = "create/assignment") -> None:
    """Let these records meet a fault, one after the other."""
    for record in records:
        await admission.suspect(fault_of(kind), record)


async def held(admission: Admission, *kinds: str) -> bool:
    """Tell whether a call that needs a request of each of these kinds is held now."""
    try:
        await admission.admit(*kinds)
    except EverybodysFault as fault:
        return fault.held and fault.kind in kinds
    return False
