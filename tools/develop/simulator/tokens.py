"""Access tokens: issued as App Service's identity endpoint does, checked as Microsoft Graph does."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from http import HTTPStatus

from aiohttp import web

from tools.develop.simulator.answers import Answer, unauthenticated
from tools.develop.simulator.config import Config

API_VERSION = "2019-08-01"


class Tokens:
    """Issues and checks tokens: base64 claims and a signature, opaque to the client."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._key = secrets.token_bytes(32)

    def issue(self, audience: str, lifetime: float, client_id: str | None = None) -> tuple[str, int]:
        """Make a token and say when it expires (seconds since 1970)."""
        expires = int(time.time() + lifetime)
        claims = {"aud": audience, "exp": expires, "appid": client_id, "jti": secrets.token_hex(8)}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"{payload}.{self._sign(payload)}", expires

    def check(self, authorization: str | None) -> None:
        """Check the header of a Graph request.

        Raises:
            Refusal: 401, if there is no token, or none that is whole, for Graph, and in date.

        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthenticated("Access token is empty.")
        payload, _, signature = token.partition(".")
        if not hmac.compare_digest(self._sign(payload).encode(), signature.encode()):
            raise unauthenticated("CompactToken parsing failed with error code: 80049217")
        claims = json.loads(base64.urlsafe_b64decode(payload))
        if claims["aud"].rstrip("/") != self._config.audience.rstrip("/"):
            raise unauthenticated("Access token validation failure. Invalid audience.")
        if claims["exp"] <= time.time():
            raise unauthenticated("Lifetime validation failed, the token is expired.")

    def _sign(self, payload: str) -> str:
        return hmac.new(self._key, payload.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def _refusal(status: int, message: str) -> Answer:
    return Answer(status, {"statusCode": status, "message": message})


def answer_token_request(request: web.BaseRequest, tokens: Tokens, config: Config) -> Answer:
    """Answer `GET /msi/token` in the form of App Service, version 2019-08-01."""
    if config.identity_status is not None:
        return _refusal(config.identity_status, "The managed identity service fails, as configured.")
    header = request.headers.get("X-IDENTITY-HEADER", "")
    if not hmac.compare_digest(header.encode(), config.identity_header.encode()):
        return _refusal(HTTPStatus.UNAUTHORIZED, "The X-IDENTITY-HEADER is missing or wrong.")
    if request.query.get("api-version") != API_VERSION:
        return _refusal(HTTPStatus.BAD_REQUEST, f"api-version must be {API_VERSION}.")
    resource, client_id = request.query.get("resource"), request.query.get("client_id")
    if not resource:
        return _refusal(HTTPStatus.BAD_REQUEST, "resource is required.")
    if client_id is not None and config.client_ids is not None and client_id not in config.client_ids:
        return _refusal(HTTPStatus.BAD_REQUEST, "No User Assigned or Delegated Managed Identity found.")
    token, expires = tokens.issue(config.token_audience or resource, config.token_lifetime, client_id)
    body = {
        "access_token": token,
        "expires_on": str(expires),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": client_id or "00000000-0000-0000-0000-000000000000",
    }
    return Answer(HTTPStatus.OK, body)
