"""Graph is sent the requests that its reference documents, and its responses are understood."""

import asyncio
from typing import Any
from urllib.parse import unquote

import pytest

from activities.domain.errors import EverybodysFault, Refused, Unclear, UriRefused
from activities.domain.found import Found, FoundActivity
from activities.domain.terms import Kind
from activities.graph.client import Graph
from tests.activities.graph.parts import ASSIGNMENT, IDS, SELF_INITIATED, desired
from tools.develop.simulator import Content, Simulator, User

ADELE = User(id="7BA2228A-E020-11EC-9D64-0242AC120002", user_principal_name="adele@contoso.example", employee_id="7")
ALL_KINDS = ["create/assignment", "update/assignment", "delete/assignment", "read/assignment", "read/selfInitiated",
             "find_content", "find_user", "find_users"]  # fmt: skip


async def test_an_activity_is_looked_up_below_its_provider(graph: Graph, simulator: Simulator) -> None:
    """The reference documents the external id as a key only below the provider. Elsewhere, a 404 would mean nothing."""
    assert await graph.find_activity("an 'enrolment'/1", "assignment") is None

    [request] = [found for found in simulator.requests if found.operation == "get_by_external_id"]
    assert unquote(request.path) == (
        f"/v1.0/employeeExperience/learningProviders/{simulator.config.provider_id}"
        "/learningCourseActivities(externalcourseActivityId='an ''enrolment''/1')"
    )


@pytest.mark.parametrize("reference_casing", [False, True])
async def test_a_found_activity_says_what_it_is(graph: Graph, simulator: Simulator, reference_casing: Any) -> None:  # noqa: ANN401
    """A lookup returns id, type, learner, course and values, whatever the casing of the external id."""
    simulator.config.reference_casing = reference_casing
    created = await graph.create(desired("e1", percentage=20), IDS)
    expected = FoundActivity(created, ASSIGNMENT, IDS.ids, Found("inProgress", 20), says_type=True)
    assert await graph.find_activity("e1", "selfInitiated") == expected


async def test_graph_takes_values_away(graph: Graph, simulator: Simulator) -> None:
    """An update that removes a value leaves nothing of it in Graph, and the others stay as they were."""
    started = "2026-03-01T08:00:00+00:00"
    activity = await graph.create(desired(type=SELF_INITIATED, percentage=20, started_at=started), IDS)
    await graph.update(activity, desired(type=SELF_INITIATED, cleared=("percentage", "notes")))
    assert await graph.read(activity, "selfInitiated") == Found("inProgress", started_at=started)
    assert simulator.counts["update", "204"] == 1


async def test_object_ids_have_no_upper_case(graph: Graph, simulator: Simulator) -> None:
    """The same user has the same id, however Graph writes it."""
    simulator.config.users = (ADELE,)
    assert await graph.find_user("adele@contoso.example") == ADELE.id.lower()
    assert await graph.find_users("7", "employeeId") == [ADELE.id.lower()]


async def use_all(graph: Graph) -> None:
    """Send one request of each kind, including those that ask for something that isn't there."""
    activity = await graph.create(desired(), IDS)
    await graph.update(activity, desired())
    await graph.delete(activity, "assignment")
    assert await graph.find_activity("nothing", "assignment") is None
    assert await graph.find_activity("nothing", "selfInitiated") is None
    assert await graph.find_content("nothing") is None
    assert await graph.find_user("nobody@contoso.example") is None
    assert await graph.find_users("0", "employeeId") == []


async def test_successes_are_counted_by_kind(graph: Graph) -> None:
    """Each request counts for the permission that it needs. Finding nothing is a response too, so it counts."""
    await use_all(graph)
    assert {kind: graph.successes(kind) for kind in ALL_KINDS} == dict.fromkeys(ALL_KINDS, 1)


async def failures(graph: Graph) -> list[str]:
    """Return the kinds that the errors name when each request fails."""
    calls = [
        graph.create(desired(), IDS),
        graph.update("a", desired()),
        graph.delete("a", "assignment"),
        graph.read("a", "assignment"),
        graph.find_activity("e", "selfInitiated"),
        graph.find_content("c"),
        graph.find_user("u"),
        graph.find_users("u", "mail"),
    ]
    errors = await asyncio.gather(*calls, return_exceptions=True)
    return [getattr(error, "kind", "no error") for error in errors]


@pytest.mark.parametrize(
    "fault",
    [{"status": 500}, {"status": 403}, {"status": 429}, {"reset": "before"}, {"status": 200, "body": {}}],
    ids=["server error", "refusal", "throttling", "lost connection", "a success without a value"],
)
async def test_every_error_names_the_kind_of_request(graph: Graph, simulator: Simulator, fault: dict[str, Any]) -> None:
    """Whatever goes wrong, and wherever it's noticed, the error says which kind of request it was about."""
    await graph.ready("find_user")  # so that there's a token
    simulator.fault(times=0, **fault)
    kinds = await failures(graph)
    values = {"update/assignment", "delete/assignment", "read/assignment"} if fault.get("status") == 200 else set()
    assert [kind for kind in kinds if kind != "no error"] == [kind for kind in ALL_KINDS if kind not in values]


async def test_a_response_without_users_is_unclear(graph: Graph, simulator: Simulator) -> None:
    """A missing list of users isn't the same as an empty one."""
    simulator.fault(operation="find_user", status=200, body={})
    with pytest.raises(Unclear):
        await graph.find_users("7", "employeeId")


@pytest.mark.parametrize("kind", ["assignment", "selfInitiated"])
async def test_a_missing_permission_is_noticed_before_a_create(graph: Graph, simulator: Simulator, kind: Kind) -> None:
    """If the token says that the app may not create activities of a kind, a new token is requested at once."""
    simulator.config.permissions -= {kind}
    with pytest.raises(EverybodysFault, match="create: the token lacks Learning") as missing:
        await graph.check_role(kind)
    assert missing.value.kind == f"create/{kind}"

    simulator.config.permissions |= {kind}
    await graph.check_role(kind)
    assert simulator.counts["token", "200"] == 2


@pytest.mark.parametrize("change", [{"permissions": set()}, {"identity_status": 500}])
async def test_without_roles_nothing_is_certainly_missing(
    graph: Graph, simulator: Simulator, change: dict[str, Any]
) -> None:
    """A token without roles, or no token at all, says nothing about a permission."""
    simulator.configure(**change)
    await graph.check_role("assignment")


async def test_a_course_is_found_in_the_catalogue_of_the_provider(graph: Graph, simulator: Simulator) -> None:
    """The provider's own id of a course leads to Graph's."""
    simulator.config.contents = (Content(id="content-1", external_id="LAW-1"),)
    assert await graph.find_content("LAW-1") == "content-1"


SLASHED = "catalogue/course 1"


@pytest.mark.parametrize(("slashes", "requests"), [("any", 2), ("encoded_twice", 3), ("query_syntax", 3)])
async def test_a_course_with_a_slash_is_found(graph: Graph, simulator: Simulator, slashes: Any, requests: int) -> None:  # noqa: ANN401
    """A slash is sent encoded once, and after a 400 about the URL, twice. The app remembers what this Graph expects."""
    simulator.configure(slashes=slashes, contents=(Content(id="content-1", external_id=SLASHED),))
    assert [await graph.find_content(SLASHED) for _ in range(2)] == ["content-1"] * 2
    assert sum(one.operation in ("find_content", "unknown") for one in simulator.requests) == requests


async def test_a_course_with_a_slash_that_is_not_there(graph: Graph, simulator: Simulator) -> None:
    """The catalogue may still get it. That's different from a URL that Graph can't read."""
    simulator.configure(slashes="encoded_twice")
    assert await graph.find_content(SLASHED) is None


async def test_a_course_that_no_url_reaches(graph: Graph, simulator: Simulator) -> None:
    """If Graph refuses both ways but finds other courses, this course needs another id. Nobody else is suspected."""
    simulator.configure(slashes="refused", contents=(Content(id="content-2", external_id="plain"),))
    assert await graph.find_content("plain") == "content-2"
    with pytest.raises(Refused, match="give the course an external id without a slash") as caught:
        await graph.find_content(SLASHED)
    assert caught.value.kind == "find_content"


async def test_a_graph_that_reads_no_url(graph: Graph, simulator: Simulator) -> None:
    """If no other course has been found either, nobody knows whether the course is to blame."""
    simulator.configure(slashes="refused")
    with pytest.raises(UriRefused):
        await graph.find_content(SLASHED)


async def test_lookups_at_the_same_time_ask_for_different_things(graph: Graph, simulator: Simulator) -> None:
    """Lookups that wait for a token together don't get mixed up: each gets its own course or activity."""
    ids = [f"id-{number}" for number in range(6)]
    simulator.configure(contents=tuple(Content(id=f"content of {one}", external_id=one) for one in ids))
    created = [await graph.create(desired(one), IDS) for one in ids]
    await graph._transport.forget_token()  # noqa: SLF001  as after a 401
    simulator.configure(identity_delay=0.1)
    courses = await asyncio.gather(*(graph.find_content(one) for one in ids))
    await graph._transport.forget_token()  # noqa: SLF001  as after a 401
    activities = await asyncio.gather(*(graph.find_activity(one, "assignment") for one in ids))
    assert courses == [f"content of {one}" for one in ids]
    assert [found and found.id for found in activities] == created
