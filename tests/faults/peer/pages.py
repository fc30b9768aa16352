"""Answers from something in between: proxies, gateways and portals."""

from dataclasses import replace

from activities.domain.errors import EverybodysFault, Throttled
from tests.faults.peer.answer import Answer
from tests.faults.peer.line import Line
from tests.faults.peer.table import NEVER, request

_HTML = (("Content-Type", "text/html; charset=utf-8"),)
PORTAL = b"<!DOCTYPE html><html><title>Welcome</title><body>Accept the terms to go on.</body></html>"
PROXY = b"<html><body><h1>Proxy Authentication Required</h1></body></html>"
GATEWAY = b"<html><body><h1>502 Bad Gateway</h1><hr>cloud</body></html>"
# The base64url of {"access_token":{"nbf":{"essential":true,"value":"1"}}} without its padding.
CLAIMS = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ"
CHALLENGE = f'Bearer realm="", error="insufficient_claims", claims="{CLAIMS}"'
NEVER_AGAIN = "Fri, 31 Dec 99999999999999999999 23:59:59 GMT"


@request(effects=NEVER, lies=True)
async def page_of_a_portal(line: Line, _answer: Answer) -> None:
    """A captive portal answers everything with its page, and with 200."""
    await line.send(Answer(200, _HTML, PORTAL).whole)


@request(lies=True)
async def accepted_without_content(line: Line, answer: Answer) -> None:
    """A success that Graph never returns: 202."""
    await line.send(replace(answer, status=202, content=b"").whole)


@request(effects=NEVER)
async def redirect_to_nowhere(line: Line, _answer: Answer) -> None:
    """A redirect that doesn't say where to."""
    await line.send(Answer(307).whole)


@request(effects=NEVER)
async def redirect_elsewhere(line: Line, _answer: Answer) -> None:
    """A redirect to a server that must not get the token."""
    await line.send(Answer(307, (("Location", "http://127.0.0.1:9/stolen"),)).whole)


@request(effects=NEVER, error=EverybodysFault)
async def proxy_wants_a_password(line: Line, _answer: Answer) -> None:
    """A proxy requires a login."""
    await line.send(Answer(407, (*_HTML, ("Proxy-Authenticate", 'Basic realm="proxy"')), PROXY).whole)


@request()
async def bad_gateway(line: Line, _answer: Answer) -> None:
    """A gateway couldn't reach the server, or lost its answer."""
    await line.send(Answer(502, _HTML, GATEWAY).whole)


@request(effects=NEVER, error=EverybodysFault)
async def claims_without_padding(line: Line, _answer: Answer) -> None:
    """A 401 asks for a token with other claims, in base64 without padding."""
    await line.send(Answer(401, (("WWW-Authenticate", CHALLENGE),)).whole)


@request()
async def absurd_time_to_wait(line: Line, _answer: Answer) -> None:
    """A 503 names a date that doesn't exist."""
    await line.send(Answer(503, (("Retry-After", NEVER_AGAIN),)).whole)


@request(effects=NEVER, error=Throttled)
async def throttled_until_an_absurd_time(line: Line, _answer: Answer) -> None:
    """A 429 names a date that doesn't exist."""
    await line.send(Answer(429, (("Retry-After", NEVER_AGAIN),)).whole)
