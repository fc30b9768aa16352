"""The local host passes on HTTP requests and answers them as the Functions host does."""

import gzip
import json
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.tools.develop.host.hosts import Hosts
from tests.tools.develop.host.http_app import APP, ECHO, TEXT, echoed, raw, status
from tools.develop.host.process import HostError


async def test_the_function_gets_the_request_and_its_answer_is_sent(
    hosts: Hosts, client: aiohttp.ClientSession
) -> None:
    """Method, address, headers, query, route parameters, body. Then the response's status, headers and body."""
    host = await hosts(APP)
    body = bytes(range(256))
    headers = {"X-Custom": "Grün", "X-Empty": ""}
    path = "/api/echo/a%2Fb%20c/x?Q=1&q=2&none=&%C3%A4=%26"
    async with client.post(f"{host.url}{path}", data=body, headers=headers) as answer:
        assert await answer.json() == {
            "method": "POST",
            "url": f"{host.url}{path}",
            "headers": {
                "host": urlsplit(str(host.url)).netloc,
                "x-custom": "Grün",
                "x-empty": "",
                "content-length": "256",
            },
            "query": {"Q": "1,2", "ä": "&"},
            "route": {"name": "a%2Fb c"},
            "body": body.hex(),
        }
        assert answer.status == 207
        assert answer.headers["X-Answer"] == "1"
        assert answer.content_type == "application/json"


async def test_route_and_method_decide(hosts: Hosts) -> None:
    """If no function matches, the answer is 404, even if only the method is wrong."""
    host = await hosts(APP)
    statuses = {
        f"POST {ECHO}": 207,
        f"PUT {ECHO}/": 207,
        f"GET {ECHO}": 404,
        f"HEAD {ECHO}": 404,
        "POST /api/echo/%0A%FF/x": 207,
        "POST /api/echo/%00/x": 400,
        "PATCH /api/text": 200,
        "GET /": 404,
        "OPTIONS *": 404,
    }
    answers = {line: await raw(host, f"{line} HTTP/1.1", "Host: x") for line in statuses}
    assert {line: status(answer) for line, answer in answers.items()} == statuses


async def test_a_text_is_an_answer(hosts: Hosts, client: aiohttp.ClientSession) -> None:
    """A function may return just the body, and doesn't have to be a coroutine."""
    host = await hosts(APP)
    async with client.get(f"{host.url}/api/text") as answer:
        assert (answer.status, await answer.text()) == (200, "grün")


async def test_a_compressed_body_arrives_as_it_was_sent(hosts: Hosts, client: aiohttp.ClientSession) -> None:
    """Nothing is inflated, and a body that claims to be gzip needn't be."""
    host = await hosts(APP)
    for body in (gzip.compress(b"text"), b"not gzip"):
        async with client.post(f"{host.url}{ECHO}", data=body, headers={"Content-Encoding": "gzip"}) as answer:
            seen = await answer.json()
        assert seen["body"] == body.hex()
        assert seen["headers"]["content-encoding"] == "gzip"


async def test_a_header_that_came_twice_is_joined(hosts: Hosts) -> None:
    """The values are joined with a comma, as .NET does. The name's case doesn't matter."""
    host = await hosts(APP)
    answer = await raw(host, f"POST {ECHO} HTTP/1.1", "Host: x", "X-Token: a", "x-token: b, c")
    assert echoed(answer)["headers"]["x-token"] == "a,b, c"


async def test_a_body_without_a_length_arrives_empty(hosts: Hosts) -> None:
    """The Functions host doesn't pass on a body that comes in chunks."""
    host = await hosts(APP)
    head = f"POST {ECHO} HTTP/1.1", "Host: x", "Transfer-Encoding: chunked"
    answer = await raw(host, *head, body=b"3\r\nabc\r\n0\r\n\r\n")
    assert status(answer) == 207
    assert echoed(answer)["body"] == ""


async def test_an_exception_is_an_empty_500_and_a_line_in_the_log(hosts: Hosts, client: aiohttp.ClientSession) -> None:
    """The sender is told nothing. The log has the exception, and the invocation log has all outcomes."""
    host = await hosts(APP)
    async with client.get(f"{host.url}/api/fail?secret=s3cr3t") as answer:
        assert (answer.status, await answer.read()) == (500, b"")
    async with client.get(f"{host.url}/api/text") as answer:
        assert answer.status == 200
    failed, succeeded = await hosts.invocations(2)
    assert (failed.function, failed.outcome, failed.queue) == ("fail", "error", None)
    assert (succeeded.function, succeeded.outcome) == ("text", "ok")
    assert failed.ms is not None
    log = host.log.read_text()
    assert "fail failed: ValueError: the reason" in log
    assert "s3cr3t" not in log
    assert "/api/" not in log


async def test_host_json_says_the_prefix_of_routes(hosts: Hosts) -> None:
    """`extensions.http.routePrefix` replaces `api`."""
    (hosts.folder / "app").mkdir()
    content = {"version": "2.0", "extensions": {"http": {"routePrefix": "v1"}}}
    (hosts.folder / "app/host.json").write_text(json.dumps(content))
    host = await hosts(APP)
    assert status(await raw(host, "GET /v1/text HTTP/1.1", "Host: x")) == 200
    assert status(await raw(host, *TEXT)) == 404


async def test_a_route_that_is_not_supported_is_an_error(hosts: Hosts) -> None:
    """The host doesn't start with a route that it would match differently."""
    with pytest.raises(HostError, match="f: in a route, this host only supports"):
        await hosts('@app.route("{id:int}")\nasync def f(req: func.HttpRequest) -> str:\n    return ""')
