"""The simulated managed identity endpoint, and the tokens that Graph takes."""

from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import ManagedIdentityCredential

from tests.tools.develop.graph_calls import GraphCalls
from tools.develop.simulator import Simulator

GRAPH = "https://graph.microsoft.com"
SCOPE = f"{GRAPH}/.default"


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401  (a function)
    """Make credentials that use the identity endpoint of a simulator."""

    def make(simulator: Simulator, **arguments: str) -> ManagedIdentityCredential:
        for name, value in simulator.environment.items():
            monkeypatch.setenv(name, value)
        return ManagedIdentityCredential(**arguments)

    return make


async def test_a_managed_identity_gets_a_token_that_graph_takes(identity: Any) -> None:  # noqa: ANN401
    """The real credential gets a token with the header of App Service, and Graph takes it."""
    async with Simulator() as simulator, GraphCalls(simulator) as graph, identity(simulator) as credential:
        token = await credential.get_token(SCOPE)
        reply = await graph.call(
            "GET", "/employeeExperience/learningCourseActivities/x", Authorization=f"Bearer {token.token}"
        )
        assert reply.status == 404
        assert [(one.operation, one.status) for one in simulator.requests] == [("token", 200), ("get", 404)]
        assert simulator.requests[0].path == f"/msi/token?api-version=2019-08-01&resource={GRAPH}"


async def test_only_known_user_assigned_identities_get_tokens(identity: Any) -> None:  # noqa: ANN401
    """A client id that the app does not have gets 400."""
    async with Simulator(client_ids={"known"}) as simulator:
        async with identity(simulator, client_id="known") as credential:
            assert (await credential.get_token(SCOPE)).token
        async with identity(simulator, client_id="unknown") as credential:
            with pytest.raises(ClientAuthenticationError):
                await credential.get_token(SCOPE)


@pytest.mark.parametrize(
    ("query", "header", "status"),
    [
        ({"api-version": "2019-08-01", "resource": GRAPH}, "simulated-identity-header", 200),
        ({"api-version": "2019-08-01", "resource": GRAPH}, None, 401),
        ({"api-version": "2019-08-01", "resource": GRAPH}, "guessed", 401),
        ({"api-version": "2017-09-01", "resource": GRAPH}, "simulated-identity-header", 400),
        ({"api-version": "2019-08-01"}, "simulated-identity-header", 400),
    ],
)
async def test_the_identity_endpoint_checks_its_requests(
    query: dict[str, str], header: str | None, status: int
) -> None:
    """A token is for requests with the header, the API version and a resource."""
    async with Simulator() as simulator, aiohttp.ClientSession() as session:
        headers = {} if header is None else {"X-IDENTITY-HEADER": header}
        url = simulator.environment["IDENTITY_ENDPOINT"]
        async with session.get(url, params=query, headers=headers) as answer:
            assert answer.status == status
            expected = {"access_token", "expires_on", "resource", "token_type", "client_id"}
            assert set(await answer.json()) == (expected if status == 200 else {"statusCode", "message"})


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
async def test_graph_refuses_a_token_that_is_not_good(kind: str, message: str) -> None:
    """Graph answers 401 InvalidAuthenticationToken and does nothing."""
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
    """The identity endpoint can be made to issue expired tokens, or tokens for another audience."""
    async with Simulator(**config) as simulator, GraphCalls(simulator) as graph, aiohttp.ClientSession() as session:
        url = f"{simulator.environment['IDENTITY_ENDPOINT']}?api-version=2019-08-01&resource={GRAPH}"
        async with session.get(url, headers={"X-IDENTITY-HEADER": simulator.config.identity_header}) as answer:
            token = (await answer.json())["access_token"]
        assert (await graph.call("GET", "/users/x", Authorization=f"Bearer {token}")).status == 401


async def test_the_identity_endpoint_can_fail(identity: Any) -> None:  # noqa: ANN401
    """A failing identity endpoint reaches the credential's caller, and is counted."""
    async with Simulator(identity_status=400) as simulator, identity(simulator) as credential:
        with pytest.raises(ClientAuthenticationError):
            await credential.get_token(SCOPE)
        assert simulator.counts["token", "400"] >= 1
