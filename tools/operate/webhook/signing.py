"""Makes the headers and the body that prove who a sender is, for each scheme of `WEBHOOKS`."""

import base64
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt
from standardwebhooks.webhooks import Webhook

from activities.webhooks.schemes import BODY, Basic, Bearer, Header, Hmac, Jwt, Scheme

# A vendor's token is short-lived.
_TOKEN_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves who the sender is: a secret, or for `jwt`, a private key (PEM) and its id."""

    secret: str = ""
    private_key: str = ""
    key_id: str = ""


def signed(scheme: Scheme, proof: Proof, body: bytes) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body to send.

    Raises:
        ValueError: the secret or the key doesn't fit the scheme, or a token can't hold the body.
    """
    match scheme:
        case Basic():
            pair = base64.b64encode(f"{scheme.user}:{proof.secret}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}, body
        case Bearer():
            return {"Authorization": f"Bearer {proof.secret}"}, body
        case Header():
            return {scheme.header: proof.secret}, body
        case Hmac():
            return _with_hmac(scheme, proof.secret, body), body
        case Jwt():
            return {"Content-Type": "application/jwt"}, _token(scheme, proof, body)
        case _:
            return _as_standard_webhooks(proof.secret, body), body


def _with_hmac(scheme: Hmac, secret: str, body: bytes) -> dict[str, str]:
    """Return the signature's header and the headers that it covers: the time, and a random value for each other."""
    time_header = (scheme.timestamp_header or "").lower()
    headers = {
        name: str(int(time.time())) if name.lower() == time_header else secrets.token_hex(8)
        for name in scheme.signed
        if name != BODY
    }
    parts = [body if name == BODY else headers[name].encode() for name in scheme.signed]
    digest = hmac.digest(secret.encode(), scheme.separator.encode().join(parts), scheme.algorithm)
    text = digest.hex() if scheme.encoding == "hex" else base64.b64encode(digest).decode()
    return {**headers, scheme.header: scheme.prefix + text}


def _as_standard_webhooks(secret: str, body: bytes) -> dict[str, str]:
    name, now = f"msg_{secrets.token_hex(12)}", datetime.now(UTC)
    signature = Webhook(secret).sign(name, now, body.decode())
    return {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def _token(scheme: Jwt, proof: Proof, body: bytes) -> bytes:
    claims = json.loads(body)
    if not isinstance(claims, dict):
        raise ValueError("a token has to hold a JSON object")  # noqa: TRY004  the file is wrong, not an argument
    named = {name: value for name, value in (("iss", scheme.issuer), ("aud", scheme.audience)) if value is not None}
    times = {"iat": int(time.time()), "exp": int(time.time()) + _TOKEN_SECONDS}
    algorithm = _algorithm_of(proof.private_key)
    return jwt.encode({**claims, **named, **times}, proof.private_key, algorithm, {"kid": proof.key_id}).encode()


def _algorithm_of(private_key: str) -> str:
    """Return the algorithm that fits a private key."""
    for algorithm in ("RS256", "ES256", "EdDSA"):
        try:
            jwt.encode({}, private_key, algorithm)
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        return algorithm
    raise ValueError("not a private key for RS256, ES256 or EdDSA in PEM")
