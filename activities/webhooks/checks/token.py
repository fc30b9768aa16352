"""A signed JSON Web Token as the body. Its claims are the event. RFC 7519."""

import base64

import jwt

from activities.webhooks.checks.check import Headers
from activities.webhooks.checks.keys import Keys

# Asymmetric ones only: being able to check a signature mustn't mean being able to make one.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


class TokenCheck:
    """The sender signs with one of the keys that it publishes. Issuer and audience are checked unless they're None."""

    def __init__(self, keys: Keys, issuer: str | None, audience: str | None) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    async def proven(self, headers: Headers, body: bytes) -> bytes | None:  # noqa: ARG002  every check has both
        """Return the token's claims as they were sent, if it's signed and hasn't expired."""
        try:
            token = body.decode("ascii").strip()
            header = jwt.get_unverified_header(token)
            key = await self._keys.key(header.get("kid")) if header.get("alg") in ALGORITHMS else None
            if key is None:
                return None
            jwt.decode(
                token,
                # If the key doesn't name an algorithm, it's good for all algorithms of its type.
                jwt.PyJWK(key, key.get("alg") or header["alg"]),
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                # The claims are the event. Its issue time, its subject and its id prove nothing.
                options={
                    "verify_aud": self._audience is not None,
                    "verify_iat": False,
                    "verify_sub": False,
                    "verify_jti": False,
                },
            )
            claims = token.split(".")[1]
            return base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
        except (jwt.PyJWTError, ValueError):
            return None
