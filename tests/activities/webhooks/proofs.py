"""Senders of each scheme, and how their real clients prove who they are: HTTP libraries, PyJWT and standardwebhooks."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

type Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | str

SECRET = "correct-horse-battery"
NEXT = "another-horse-battery"
SIGNING_SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four bytes").decode()
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_PRIVATE = ec.generate_private_key(ec.SECP256R1())
PUBLIC_PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

WEBHOOKS: dict[str, dict[str, Any]] = {
    "moodle": {"scheme": "basic", "user": "lms", "format": "xapi"},
    "openedx": {"scheme": "bearer", "format": "xapi"},
    "docebo": {"scheme": "header", "header": "X-Docebo-Token", "format": "docebo"},
    "learning360": {"scheme": "standardWebhooks", "format": "360learning"},
    "learnupon": {"scheme": "hmac", "header": "X-Webhook-Signature", "format": "learnupon"},
    "hr": {
        "scheme": "hmac",
        "header": "X-Signature",
        "algorithm": "sha512",
        "encoding": "base64",
        "prefix": "v0=",
        "signed": ["X-Time", "body"],
        "separator": ":",
        "timestampHeader": "X-Time",
        "format": "native",
    },
}
SECRETS = {
    f"WEBHOOK_SECRET_{name.upper()}": SecretStr(SIGNING_SECRET if name == "learning360" else SECRET)
    for name in WEBHOOKS
}


def basic(body: bytes = b"", user: str = "lms", secret: str = SECRET) -> dict[str, str]:
    """Return the header of HTTP Basic."""
    del body
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


def bearer(body: bytes = b"", secret: str = SECRET) -> dict[str, str]:
    """Return the header with a bearer token."""
    del body
    return {"Authorization": f"Bearer {secret}"}


def header(body: bytes = b"", secret: str = SECRET) -> dict[str, str]:
    """Return the header that contains the secret itself."""
    del body
    return {"X-Docebo-Token": secret}


def standard(body: bytes, secret: str = SIGNING_SECRET, age: float = 0) -> dict[str, str]:
    """Return the headers of Standard Webhooks."""
    at = datetime.fromtimestamp(time.time() - age, UTC)
    signature = Webhook(secret).sign("msg_1", at, body.decode())
    times = {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp()))}
    return {**times, "webhook-signature": signature}


def hex_hmac(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """Return the header of a plain HMAC over the body."""
    return {"X-Webhook-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def timed_hmac(body: bytes, secret: str = SECRET, age: float = 0) -> dict[str, str]:
    """Return the headers of an HMAC over a time and the body."""
    at = str(int(time.time() - age))
    digest = hmac.new(secret.encode(), f"{at}:".encode() + body, hashlib.sha512).digest()
    return {"X-Time": at, "X-Signature": "v0=" + base64.b64encode(digest).decode()}


PROOFS = {
    "moodle": basic,
    "openedx": bearer,
    "docebo": header,
    "learning360": standard,
    "learnupon": hex_hmac,
    "hr": timed_hmac,
}


def token(claims: Mapping[str, Any], key: Key = PRIVATE, algorithm: str = "RS256", kid: str | None = "one") -> str:
    """Return a signed token, as PyJWT makes it."""
    return jwt.encode(dict(claims), key, algorithm=algorithm, headers={} if kid is None else {"kid": kid})


def key_set(**keys: Key) -> str:
    """Return the document with the public keys of these private ones, by name."""
    entries = []
    for name, private in keys.items():
        algorithm = jwt.get_algorithm_by_name("RS256" if isinstance(private, rsa.RSAPrivateKey) else "ES256")
        entries.append({**json.loads(algorithm.to_jwk(private.public_key())), "kid": name, "use": "sig"})
    return json.dumps({"keys": entries})
