"""For every scheme, the command signs a webhook the way the door expects."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from activities.webhooks.checks import check_of
from activities.webhooks.schemes import Jwt
from activities.webhooks.senders import scheme_of
from tests.activities.webhooks.proofs import SECRETS, WEBHOOKS
from tests.activities.webhooks.test_token import serving
from tools.operate.webhook.signing import Proof, signed

BODY = b'{"event": "x"}'
KEYS = {
    "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}


@pytest.mark.parametrize("name", WEBHOOKS)
async def test_what_is_signed_is_a_proof(name: str) -> None:
    """The door accepts a body that was signed with the sender's secret."""
    scheme = scheme_of(name, WEBHOOKS[name])
    secret = SECRETS[f"WEBHOOK_SECRET_{name.upper()}"].get_secret_value()
    headers, body = signed(scheme, Proof(secret), BODY)
    check = check_of(scheme, (secret,))
    assert await check.proven({one.lower(): value for one, value in headers.items()}, body) == BODY


@pytest.mark.parametrize(("algorithm", "key"), KEYS.items())
async def test_a_token_is_a_proof(algorithm: str, key: Any) -> None:  # noqa: ANN401  three classes without a base
    """The door accepts a token that was signed with any kind of private key that vendors use."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    async with serving() as server:
        server.document = json.dumps({"keys": [{**public, "kid": "k"}]})
        entry = {"scheme": "jwt", "keys": server.url, "issuer": "lms", "audience": "us", "format": "canvas"}
        scheme = scheme_of("lms", entry)
        assert isinstance(scheme, Jwt)
        _, body = signed(scheme, Proof(private_key=pem, key_id="k"), BODY)
        content = await check_of(scheme, ()).proven({}, body)
    assert content is not None
    assert json.loads(content)["event"] == "x"


@pytest.mark.parametrize(("body", "key"), [(b"[]", "x"), (b"{}", "no key")])
def test_what_cannot_be_signed_is_refused(body: bytes, key: str) -> None:
    """A body or a key that can't be used is refused before anything is sent."""
    scheme = scheme_of("lms", {"scheme": "jwt", "keys": "https://keys.example", "format": "canvas"})
    with pytest.raises(ValueError, match=r"token|private key"):
        signed(scheme, Proof(private_key=key), body)
