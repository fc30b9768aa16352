"""Slashes in path values, and ids that a URL can't contain, as different services of Graph were seen to treat them."""

import pytest

from tests.tools.develop.simulator.graph_calls import PROVIDER, GraphCalls
from tools.develop.simulator import Content, Simulator

COURSES = (Content(id="1", external_id="team/first aid"), Content(id="2", external_id="plain"))
CONTENTS = f"/employeeExperience/learningProviders/{PROVIDER}/learningContents"
ONCE, TWICE = "team%2Ffirst%20aid", "team%252Ffirst%20aid"
NO_SEGMENT = "Resource not found for the segment 'first%20aid')'."
LONGEST = "a-B_c.D~" * 8


@pytest.mark.parametrize(
    ("slashes", "key", "status", "code", "message"),
    [
        ("any", ONCE, 200, None, None),
        ("any", TWICE, 200, None, None),
        ("encoded_twice", ONCE, 400, "RequestBroker--ParseUri", NO_SEGMENT),
        ("encoded_twice", TWICE, 200, None, None),
        ("query_syntax", ONCE, 400, "badRequest", "Error in query syntax."),
        ("query_syntax", TWICE, 200, None, None),
        ("refused", ONCE, 400, "RequestBroker--ParseUri", NO_SEGMENT),
        ("refused", TWICE, 400, "RequestBroker--ParseUri", NO_SEGMENT),
    ],
)
async def test_a_slash_in_a_key(slashes: str, key: str, status: int, code: str | None, message: str | None) -> None:
    """A course whose id has a slash is found by the encodings that this Graph accepts. Others are always found."""
    async with Simulator(contents=COURSES, slashes=slashes) as simulator, GraphCalls(simulator) as graph:
        reply = await graph.call("GET", f"{CONTENTS}(externalId='{key}')")
        assert reply.status == status
        assert reply.body.get("error", {}).get("code") == code
        assert reply.body.get("error", {}).get("message") == message
        assert (await graph.find_content("plain")).body["id"] == "2"
        assert [request.operation for request in simulator.requests] == ["find_content", "find_content"]


@pytest.mark.parametrize("slashes", ["encoded_twice", "query_syntax", "refused"])
async def test_a_slash_outside_a_quoted_key(slashes: str) -> None:
    """Outside a quoted key, every strict Graph takes the slash for the end of a segment."""
    async with Simulator(slashes=slashes) as simulator, GraphCalls(simulator) as graph:
        reply = await graph.call("GET", "/users/ann%2Fbob")
        assert (reply.status, reply.error) == (400, "Resource not found for the segment 'bob'.")


async def test_a_token_is_checked_first() -> None:
    """A request without a valid token learns nothing about its path."""
    async with Simulator(slashes="refused") as simulator, GraphCalls(simulator) as graph:
        assert (await graph.call("GET", "/users/ann%2Fbob", Authorization="Bearer x")).status == 401


@pytest.mark.parametrize(
    ("external_id", "message"),
    [
        ("a/b", "Input field externalcourseActivityId is invalid"),
        ("it's", "Input field externalcourseActivityId is invalid"),
        ("é", "Input field externalcourseActivityId is invalid"),
        (LONGEST + "x", "Input field externalcourseActivityId length exceeded than 64"),
    ],
)
async def test_an_external_id_that_is_not_plain(external_id: str, message: str) -> None:
    """A strict Graph refuses to create an activity with such an id, or to look for one."""
    async with Simulator(slashes="encoded_twice") as simulator, GraphCalls(simulator) as graph:
        assert (await graph.create(externalcourseActivityId=external_id)).error == message
        assert simulator.activities == []
        if "/" not in external_id:
            assert (await graph.find(external_id)).error == message
        simulator.configure(slashes="any")
        assert (await graph.create(externalcourseActivityId=external_id)).status == 201


async def test_a_plain_external_id() -> None:
    """A strict Graph accepts plain ids up to its limit, and activities without one."""
    async with Simulator(slashes="refused") as simulator, GraphCalls(simulator) as graph:
        assert (await graph.create(externalcourseActivityId=LONGEST)).status == 201
        assert (await graph.find(LONGEST)).status == 200
        assert (await graph.create(externalcourseActivityId=None)).status == 201
