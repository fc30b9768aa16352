"""The app's Graph client with either kind of tenant, and what a test can do in the tenant."""

import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol, cast

from activities.domain.terms import Kind
from activities.graph.client import Graph
from activities.settings import Settings
from tests.activities.graph.parts import Memory
from tests.simulation.memory.graph import MemoryGraph, Servers
from tests.simulation.memory.identity import Identity
from tests.simulation.memory.tenant import ASSIGNMENT, EXTERNAL_ID, ROLES, SELF_INITIATED, TYPE, Tenant, User
from tests.simulation.memory.wire import Answered, NoAnswer
from tools.develop.simulator import Content, Simulator
from tools.develop.simulator import User as SimulatedUser

LAG = 0.4


class Case(Protocol):
    """A client, and its tenant. Operations are those of the simulator: `create`, `get_by_external_id`, ..."""

    graph: Graph

    def add_user(self, user: User) -> None:
        """Add somebody to the directory."""
        ...

    def add_course(self, external_id: str, content_id: str) -> None:
        """Add a course to the catalogue."""
        ...

    def set_roles(self, *kinds: Kind) -> None:
        """Give the app the permissions for these kinds of activities, and no others."""
        ...

    def show_late(self) -> None:
        """Let every change show `LAG` seconds late."""
        ...

    def answer(self, operation: str, status: int, message: str = "?", retry_after: str = "") -> None:
        """Answer the next request with a status."""
        ...

    def lose(self, operation: str, *, lands: bool) -> None:
        """Cut the connection of the next request, before or after it takes effect."""
        ...

    def no_token(self) -> None:
        """Let the identity refuse to issue tokens."""
        ...

    def bodies(self) -> list[dict[str, Any]]:
        """Return the existing activities, with the properties that have a value."""
        ...


class _InMemory:
    """A tenant in memory, which is also its client's wire."""

    pause = 0.0

    def __init__(self, settings: Settings) -> None:
        self._tenant = Tenant(time.monotonic)
        self._coming: defaultdict[str, list[tuple[bool, Exception]]] = defaultdict(list)
        identity = Identity(lambda: self._tenant.roles, time.monotonic)
        self.graph = MemoryGraph(settings, Memory(), time.monotonic, Servers(self._tenant, identity, self))

    def add_user(self, user: User) -> None:
        self._tenant.users.append(user)

    def add_course(self, external_id: str, content_id: str) -> None:
        self._tenant.courses[external_id] = content_id

    def set_roles(self, *kinds: Kind) -> None:
        types = {"assignment": ASSIGNMENT, "selfInitiated": SELF_INITIATED}
        self._tenant.roles = {ROLES[types[kind]] for kind in kinds}

    def show_late(self) -> None:
        self._tenant.lag = lambda: LAG

    def answer(self, operation: str, status: int, message: str = "?", retry_after: str = "") -> None:
        headers = {"Retry-After": retry_after} if retry_after else {}
        self._coming[f"graph:{operation}"].append((False, Answered(status, "x", message, headers)))

    def lose(self, operation: str, *, lands: bool) -> None:
        self._coming[f"graph:{operation}"].append((lands, NoAnswer()))

    def no_token(self) -> None:
        self._coming["identity:token"] += [(False, Answered(500))] * 9

    def bodies(self) -> list[dict[str, Any]]:
        return [activity.body for activity in self._tenant.live]

    async def call[T](self, operation: str, effect: Callable[[], T], about: str = "") -> T:  # noqa: ARG002
        """Carry a request, as a `Wire`."""
        if not self._coming[operation]:
            return effect()
        lands, error = self._coming[operation].pop(0)
        if lands:
            with suppress(Answered):
                effect()
        raise error


class _OverTcp:
    """The Graph simulator, through the SDK."""

    def __init__(self, graph: Graph, simulator: Simulator) -> None:
        self.graph = graph
        self._simulator = simulator

    def add_user(self, user: User) -> None:
        one = SimulatedUser(
            id=user.id, user_principal_name=user.upn or f"{user.id}@x", mail=user.mail, employee_id=user.employee_id
        )
        self._simulator.configure(users=(*self._simulator.config.users, one))

    def add_course(self, external_id: str, content_id: str) -> None:
        one = Content(id=content_id, external_id=external_id)
        self._simulator.configure(contents=(*self._simulator.config.contents, one))

    def set_roles(self, *kinds: Kind) -> None:
        self._simulator.configure(permissions={*kinds, "content", "user", "userDetails"})

    def show_late(self) -> None:
        self._simulator.configure(visible_after=LAG)

    def answer(self, operation: str, status: int, message: str = "?", retry_after: str = "") -> None:
        body = {"error": {"code": "x", "message": message}}
        headers = {"Retry-After": retry_after} if retry_after else {}
        self._simulator.fault(operation=operation, status=status, body=body, headers=headers)

    def lose(self, operation: str, *, lands: bool) -> None:
        self._simulator.fault(operation=operation, reset="after" if lands else "before")

    def no_token(self) -> None:
        self._simulator.configure(identity_status=500)

    def bodies(self) -> list[dict[str, Any]]:
        types = {"assignment": ASSIGNMENT, "selfInitiated": SELF_INITIATED}
        found = cast("Any", self._simulator.activities)
        return [{TYPE: types[one.kind], EXTERNAL_ID: one.external_id, **one.body} for one in found]


def in_memory(settings: Settings) -> Case:
    """Return a client with a tenant in memory."""
    return _InMemory(settings)


def over_tcp(graph: Graph, simulator: Simulator) -> Case:
    """Return a client of the Graph simulator."""
    return _OverTcp(graph, simulator)
