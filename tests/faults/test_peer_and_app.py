"""How the app's Graph client handles each way in which a peer can fail."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from activities.domain.errors import EverybodysFault, GraphError, Throttled, Unclear
from activities.graph.client import Graph
from activities.settings import Settings
from tests.activities.graph.parts import IDS, Memory, desired
from tests.faults.peer.certificates import Authority
from tests.faults.peer.rows import CASES, Case
from tests.faults.peer.server import Peer
from tools.develop.simulator import Simulator

# Deadlines: long enough for an honest answer on a busy machine, and short if the client waits until it gives up.
PATIENT, HASTY = 10.0, 1.5
PACE = 0.02
# A row that hangs takes equally long in each variant, so only one of them is tested.
LAYERS = [
    (case, tls) for case in CASES.values() for tls in (True, False) if (tls or not case.row.tls) and not case.row.hangs
]
LAYERS += [(case, True) for case in CASES.values() if case.row.hangs and case.effect == case.row.effects[-1]]
LIES = [case for case in CASES.values() if case.row.lies and not case.effect]

Connect = Callable[[Peer, float], Graph]


@pytest.fixture(scope="module")
def authority() -> Authority:
    """Make certificates for all tests."""
    return Authority()


@pytest.fixture
async def connect(
    simulator: Simulator, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Connect]:
    """Return a function that makes the app's Graph client for a peer, with a deadline in seconds."""
    environment = {
        **simulator.environment,
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
        "SSL_CERT_FILE": str(authority.write(tmp_path)),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with AsyncExitStack() as stack:

        def made(peer: Peer, deadline: float) -> Graph:
            monkeypatch.setenv("GRAPH_BASE_URL", peer.url)
            monkeypatch.setenv("GRAPH_DEADLINE_SECONDS", str(deadline))
            graph = Graph(Settings(), Memory(), time.time)
            stack.push_async_callback(graph.close)
            return graph

        yield made


async def error_of(request: Awaitable[object]) -> GraphError | None:
    """Return the error that a request ends with."""
    try:
        await request
    except GraphError as error:
        return error
    return None


def kind_of(error: GraphError | None) -> type[GraphError] | None:
    """Return the type of an error."""
    return None if error is None else type(error)


async def create(graph: Graph, simulator: Simulator, enrolment: str) -> None:
    """Create an activity, and check that the id returned is its own and not another activity's."""
    made = await graph.create(desired(enrolment), IDS)
    assert made in [activity.id for activity in simulator.activities if activity.external_id == enrolment]


@pytest.mark.parametrize(
    ("case", "tls"), [pytest.param(case, tls, id=f"{case.name}, {'TLS' if tls else 'plain'}") for case, tls in LAYERS]
)
async def test_a_create_that_meets_a_failure(
    simulator: Simulator,
    authority: Authority,
    connect: Connect,
    case: Case,
    tls: bool,  # noqa: FBT001
) -> None:
    """A failure surfaces as the right error, and affects at most two more requests."""
    async with Peer(simulator.graph_url, authority if tls else None, pace=PACE) as peer:
        graph = connect(peer, HASTY if case.row.hangs else PATIENT)
        await create(graph, simulator, "before")
        await peer.fail(case)
        met = await error_of(create(graph, simulator, "met"))
        await peer.heal()
        *soon, later = [await error_of(create(graph, simulator, name)) for name in ("soon", "next", "later")]
    made = {activity.external_id for activity in simulator.activities}
    assert peer.met or case.row.stage == "listen"
    assert kind_of(met) is (case.row.error if tls else case.row.plain_error)
    assert ("met" in made) == (case.effect or met is None)
    # A throttled client waits even if the stated time is meaningless.
    spoilt = {Throttled} if isinstance(met, Throttled) else {None, Unclear, EverybodysFault}
    assert {kind_of(error) for error in soon} <= spoilt
    assert kind_of(later) is (Throttled if isinstance(met, Throttled) else None)
    for name, error in {"met": met, "soon": soon[0], "next": soon[1]}.items():
        assert name not in made or error is None or error.may_have_effect


@pytest.mark.parametrize("operation", ["update", "delete"])
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in LIES])
async def test_a_success_that_is_none(simulator: Simulator, connect: Connect, case: Case, operation: str) -> None:
    """A success that doesn't look like Graph's isn't trusted, so no update or removal is lost."""
    async with Peer(simulator.graph_url) as peer:
        graph = connect(peer, PATIENT)
        activity = await graph.create(desired(), IDS)
        await peer.fail(case)
        request = graph.update(activity, desired()) if operation == "update" else graph.delete(activity, "assignment")
        assert kind_of(await error_of(request)) is Unclear
        assert peer.met
