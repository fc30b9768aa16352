"""Access tokens. They're issued as App Service's identity endpoint does it, and checked as Microsoft Graph does it."""

import hmac
import secrets
import time
from http import HTTPStatus
from typing import Any

import jwt
from aiohttp import web

from tools.develop.simulator.config import ROLES, Config
from tools.develop.simulator.responses import Response, unauthenticated

API_VERSION = "2019-08-01"
_ALGORITHM = "HS256"


class Tokens:
    """Issues and checks tokens. They're JSON Web Tokens signed with this simulator's own key."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._key = secrets.token_bytes(32)

    def issue(self, audience: str, lifetime: float, client_id: str | None = None) -> tuple[str, int]:
        """Issue a token with the permissions granted now. Return it and its expiry (seconds since 1970).

        The simulated Graph checks the configuration's permissions instead, so tests don't have to wait for a new token.
        """
        expires = int(time.time() + lifetime)
        claims: dict[str, Any] = {"aud": audience, "exp": expires, "appid": client_id, "jti": secrets.token_hex(8)}
        if self._config.permissions:  # Entra leaves out an empty claim
            claims["roles"] = sorted(ROLES[permission] for permission in self._config.permissions)
        return jwt.encode(claims, self._key, _ALGORITHM), expires

    def check(self, authorization: str | None) -> None:
        """Check the `Authorization` header of a Graph request.

        Raises:
            Refusal: 401, the token is missing, malformed, expired, or not for Graph.

        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise unauthenticated("Access token is empty.")
        audience = self._config.audience.rstrip("/")
        try:
            jwt.decode(token, self._key, [_ALGORITHM], audience=[audience, f"{audience}/"])
        except jwt.ExpiredSignatureError:
            raise unauthenticated("Lifetime validation failed, the token is expired.") from None
        except jwt.InvalidAudienceError:
            raise unauthenticated("Access token validation failure. Invalid audience.") from None
        except jwt.InvalidTokenError:
            raise unauthenticated("CompactToken parsing failed with error code: 80049217") from None


def _refusal(status: int, message: str) -> Response:
    return Response(status, {"statusCode": status, "message": message})


def token_response(request: web.BaseRequest, tokens: Tokens, config: Config) -> Response:
    """Respond to `GET /msi/token` as App Service does, version 2019-08-01."""
    if config.identity_status is not None:
        return _refusal(config.identity_status, "The managed identity service fails because it's configured to.")
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
    return Response(HTTPStatus.OK, body)
