"""Paths lead to operations. All other paths and methods are refused."""

import pytest

from tests.tools.develop.simulator.graph_calls import PROVIDER, GraphCalls
from tools.develop.simulator import Simulator

ACTIVITIES = f"/employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities"
OTHER_PROVIDER = "01e8f81b-3060-4dec-acf0-0389665a0a38"


@pytest.mark.parametrize("external_id", ["a'b", "''", "ä/ö?#%2F &+", "学習:1", "a=b)", " "], ids=repr)
@pytest.mark.parametrize("name", ["externalcourseActivityId", "externalCourseActivityId"])
async def test_finds_any_external_id(external_id: str, name: str) -> None:
    """An external id with any characters is found by its encoded OData literal, in both casings of the key."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        identifier = (await graph.create(externalcourseActivityId=external_id)).body["id"]
        assert (await graph.find(external_id, name)).body["id"] == identifier
        assert (await graph.find(external_id + "x", name)).status == 404


async def test_a_quote_that_is_not_doubled_is_refused() -> None:
    """A quote inside an external id has to be doubled."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        assert (await graph.call("GET", f"{ACTIVITIES}(externalcourseActivityId='a'b')")).status == 405


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", ACTIVITIES, 405),
        ("PUT", f"{ACTIVITIES}/x", 405),
        ("DELETE", f"{ACTIVITIES}(externalId='x')", 405),
        ("DELETE", "/employeeExperience/learningCourseActivities/x", 405),
        ("POST", f"/{ACTIVITIES}", 400),
        ("GET", "/me", 400),
        ("GET", f"/employeeExperience/learningProviders/{OTHER_PROVIDER}/learningCourseActivities/x", 400),
        ("GET", f"{ACTIVITIES}/x", 404),
    ],
)
async def test_refuses_other_requests(method: str, path: str, status: int) -> None:
    """Listing, unknown methods and paths, and other providers are refused."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        assert (await graph.call(method, path)).status == status
