"""The contract of a tenant that refuses, throttles or doesn't answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from activities.domain.errors import (
    ActivityNotFound,
    EverybodysFault,
    GraphError,
    Refused,
    Rejected,
    Throttled,
    Unclear,
)
from activities.graph.client import Graph
from tests.activities.graph.parts import IDS, desired
from tests.simulation.contracts.graphs import Case

CREATE, READ = "create/assignment", "read/assignment"


@dataclass(frozen=True, slots=True)
class Response:
    """A response, the error that it leads to, and whether a create may have taken effect."""

    status: int
    error: type[GraphError]
    message: str = "?"
    retry_after: str = ""
    lands: bool = False


RESPONSES = {
    "throttled": Response(429, Throttled, retry_after="7"),
    "throttled in words": Response(429, Throttled, "Retry after 2 minutes"),
    "unavailable for a while": Response(503, Throttled, retry_after="7", lands=True),
    "unavailable": Response(503, Unclear, lands=True),
    "an error of its own": Response(500, Unclear, lands=True),
    "a timeout": Response(408, Unclear, lands=True),
    "a conflict": Response(409, Unclear, lands=True),
    "a precondition": Response(412, Unclear, lands=True),
    "no token": Response(401, EverybodysFault),
    "no permission": Response(403, EverybodysFault, "No permission."),
    "unknown words": Response(403, Refused, "Guests cannot do this."),
    "a wrong field": Response(400, Rejected, "Input field notes is invalid"),
    "an odd request": Response(400, Refused),
}
SENDS: dict[str, Callable[[Graph], Awaitable[object]]] = {
    "create": lambda graph: graph.create(desired(), IDS),
    "get_by_external_id": lambda graph: graph.find_activity("enrolment-1", "assignment"),
}


async def fails(case: Case, operation: str) -> GraphError:
    """Send a request that fails, and return its error."""
    with pytest.raises(GraphError) as caught:
        await SENDS[operation](case.graph)
    return caught.value


@pytest.mark.parametrize("operation", SENDS)
@pytest.mark.parametrize("response", RESPONSES.values(), ids=RESPONSES)
async def test_a_response_means_the_same(case: Case, operation: str, response: Response) -> None:
    """Both tenants give the same error, kind of request, and chance of an effect, which a GET never has."""
    case.answer(operation, response.status, response.message, response.retry_after)
    failure = await fails(case, operation)
    assert type(failure) is response.error
    assert failure.may_have_effect == (response.lands and operation == "create")
    assert failure.kind == (CREATE if operation == "create" else READ)
    assert case.bodies() == []


@pytest.mark.parametrize("lands", [False, True])
@pytest.mark.parametrize("operation", SENDS)
async def test_a_lost_answer_is_unclear(case: Case, operation: str, *, lands: bool) -> None:
    """It isn't known whether the request took effect."""
    case.lose(operation, lands=lands)
    failure = await fails(case, operation)
    assert type(failure) is Unclear
    assert failure.may_have_effect == (operation == "create")
    assert len(case.bodies()) == int(lands and operation == "create")


async def test_nothing_is_sent_while_graph_is_closed(case: Case) -> None:
    """The error says how long Graph is closed."""
    case.answer("create", 429, "?", "7")
    await fails(case, "create")
    for request in (case.graph.ready(READ), SENDS["create"](case.graph)):
        with pytest.raises(Throttled) as caught:
            await request
        assert caught.value.after is not None
        assert 6 < caught.value.after <= 7
    assert case.bodies() == []


async def test_successes_are_counted_by_kind(case: Case) -> None:
    """A lookup that finds nothing is a success too. A refusal isn't."""
    case.add_course("course", "content-1")
    graph = case.graph
    await graph.create(desired(), IDS)
    await graph.find_activity("another", "assignment")
    await graph.find_content("course")
    await graph.find_content("another")
    await graph.find_user("nobody@example.org")
    await graph.find_users("1", "employeeId")
    case.answer("create", 403)
    await fails(case, "create")
    with pytest.raises(ActivityNotFound):
        await graph.update("nothing", desired())
    kinds = (CREATE, READ, "find_content", "find_user", "find_users", "update/assignment", "create/selfInitiated")
    assert [graph.successes(kind) for kind in kinds] == [1, 1, 2, 1, 1, 0, 0]


async def test_three_records_hold_a_kind(case: Case) -> None:
    """After that, no request of that kind is sent, but others are."""
    for number in range(3):
        case.answer("create", 403, "No permission.")
        failure = await fails(case, "create")
        assert isinstance(failure, EverybodysFault)
        await case.graph.suspect(failure, f"record-{number}")
    with pytest.raises(EverybodysFault) as caught:
        await case.graph.ready(CREATE)
    assert (caught.value.held, caught.value.kind) == (True, CREATE)
    await case.graph.ready(READ)


async def test_a_missing_permission_is_everybodys(case: Case) -> None:
    """Graph says so, and even before a request is sent, the token says so."""
    case.set_roles("selfInitiated")
    assert type(await fails(case, "create")) is EverybodysFault
    await case.graph.check_role("selfInitiated")
    with pytest.raises(EverybodysFault) as caught:
        await case.graph.check_role("assignment")
    assert caught.value.kind == CREATE
    case.set_roles("assignment", "selfInitiated")
    await case.graph.check_role("assignment")


async def test_without_a_token_nothing_is_sent(case: Case) -> None:
    """No record is to blame for that."""
    case.no_token()
    with pytest.raises(EverybodysFault) as caught:
        await case.graph.ready(CREATE)
    assert not caught.value.held
