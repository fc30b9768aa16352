"""The managed identity endpoint issues tokens, and Graph checks them."""

from typing import Any

import aiohttp
import jwt
import pytest
from azure.identity.aio import ManagedIdentityCredential

from tests.tools.develop.simulator.graph_calls import GraphCalls
from tools.develop.simulator import Simulator

GRAPH = "https://graph.microsoft.com"
HEADER = {"X-IDENTITY-HEADER": "simulated-identity-header"}
QUERY = {"api-version": "2019-08-01", "resource": GRAPH}


async def test_a_managed_identity_gets_a_token_that_graph_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's credential gets a token as on App Service, and Graph accepts the token."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        for name, value in simulator.environment.items():
            monkeypatch.setenv(name, value)
        async with ManagedIdentityCredential() as credential:
            token = await credential.get_token(f"{GRAPH}/.default")
        reply = await graph.call(
            "GET", "/employeeExperience/learningCourseActivities/x", Authorization=f"Bearer {token.token}"
        )
        assert reply.status == 404
        assert [(one.operation, one.status) for one in simulator.requests] == [("token", 200), ("get", 404)]
        assert simulator.requests[0].path == f"/msi/token?api-version=2019-08-01&resource={GRAPH}"


@pytest.mark.parametrize(
    ("config", "query", "headers", "status"),
    [
        pytest.param({}, QUERY, HEADER, 200, id="system-assigned identity"),
        pytest.param({}, QUERY, {}, 401, id="no header"),
        pytest.param({}, QUERY, {"X-IDENTITY-HEADER": "guessed"}, 401, id="wrong header"),
        pytest.param({}, QUERY | {"api-version": "2017-09-01"}, HEADER, 400, id="other version"),
        pytest.param({}, {"api-version": "2019-08-01"}, HEADER, 400, id="no resource"),
        pytest.param({"client_ids": {"known"}}, QUERY | {"client_id": "known"}, HEADER, 200, id="known identity"),
        pytest.param({"client_ids": {"known"}}, QUERY | {"client_id": "other"}, HEADER, 400, id="unknown identity"),
        pytest.param({"identity_status": 500}, QUERY, HEADER, 500, id="failing endpoint"),
    ],
)
async def test_the_identity_endpoint_checks_its_requests(
    config: dict[str, Any], query: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """A token needs the header, the API version, a resource, and an identity that exists."""
    async with Simulator(**config) as simulator, aiohttp.ClientSession() as session:
        url = simulator.environment["IDENTITY_ENDPOINT"]
        async with session.get(url, params=query, headers=headers) as response:
            assert response.status == status
            expected = {"access_token", "expires_on", "resource", "token_type", "client_id"}
            assert set(await response.json()) == (expected if status == 200 else {"statusCode", "message"})
        assert simulator.counts == {("token", str(status)): 1}


@pytest.mark.parametrize(
    ("permissions", "roles"),
    [
        ({"assignment", "userDetails"}, ["LearningAssignedCourse.ReadWrite.All", "User.Read.All"]),
        (
            {"selfInitiated", "content", "user"},
            ["LearningContent.Read.All", "LearningSelfInitiatedCourse.ReadWrite.All", "User.ReadBasic.All"],
        ),
        (set(), None),
    ],
)
async def test_a_token_carries_the_app_roles(permissions: set[str], roles: list[str] | None) -> None:
    """A token is a JSON Web Token whose claim `roles` has the permissions granted when it was issued."""
    async with Simulator() as simulator:
        before = simulator.token()
        simulator.configure(permissions=permissions)
        claims = jwt.decode(simulator.token(), options={"verify_signature": False})
        assert claims.get("roles") == roles
        assert len(jwt.decode(before, options={"verify_signature": False})["roles"]) == 5


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("none", "Access token is empty."),
        ("basic", "Access token is empty."),
        ("garbage", "CompactToken parsing failed"),
        ("tampered", "CompactToken parsing failed"),
        ("another simulator's", "CompactToken parsing failed"),
        ("expired", "Lifetime validation failed, the token is expired."),
        ("wrong audience", "Access token validation failure. Invalid audience."),
    ],
)
async def test_graph_refuses_an_invalid_token(kind: str, message: str) -> None:
    """Graph returns 401 InvalidAuthenticationToken and does nothing."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph:
        headers = {
            "none": "",
            "basic": "Basic eDp5",
            "garbage": "Bearer garbage",
            "tampered": f"Bearer x{simulator.token()}",
            "another simulator's": f"Bearer {Simulator().token()}",
            "expired": f"Bearer {simulator.token(lifetime=-1)}",
            "wrong audience": f"Bearer {simulator.token(audience='https://management.azure.com')}",
        }
        path = f"/employeeExperience/learningProviders/{simulator.config.provider_id}/learningCourseActivities"
        reply = await graph.call("POST", path, {}, Authorization=headers[kind])
        assert (reply.status, reply.body["error"]["code"]) == (401, "InvalidAuthenticationToken")
        assert reply.error.startswith(message)


@pytest.mark.parametrize("config", [{"token_lifetime": -60}, {"token_audience": "https://vault.azure.net"}])
async def test_can_issue_tokens_that_graph_refuses(config: dict[str, Any]) -> None:
    """The identity endpoint can be configured to issue expired tokens, or tokens for another audience."""
    async with Simulator(**config) as simulator, GraphCalls(simulator) as graph, aiohttp.ClientSession() as session:
        url = simulator.environment["IDENTITY_ENDPOINT"]
        async with session.get(url, params=QUERY, headers=HEADER) as response:
            token = (await response.json())["access_token"]
        assert (await graph.call("GET", "/users/x", Authorization=f"Bearer {token}")).status == 401
