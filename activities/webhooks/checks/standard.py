"""Standard Webhooks: HMAC-SHA256 over id, time and body. https://www.standardwebhooks.com."""

import base64
import re
from datetime import datetime

from standardwebhooks.webhooks import Webhook, WebhookVerificationError, hmac_data

from activities.webhooks.checks.check import Headers

_PREFIX = "whsec_"
_SIGNATURES = "webhook-signature"
# An error handler by which text can stand for any bytes.
_BYTES = "surrogateescape"
# The library accepts sloppy base64, and fails on entries in another form.
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=")


class _Signer(Webhook):
    """Signs any bytes. The library itself takes only text, and a compressed body isn't text."""

    def sign(self, msg_id: str, timestamp: datetime, data: str) -> str:
        """Sign a body, which is given as text that stands for its bytes."""
        signed = f"{msg_id}.{int(timestamp.timestamp())}.".encode() + data.encode(errors=_BYTES)
        return f"v1,{base64.b64encode(hmac_data(self._whsecret, signed)).decode()}"


class StandardCheck:
    """The sender signs as Standard Webhooks specifies. The signature's time may be off by at most five minutes."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        """Take the secrets, in base64, with or without `whsec_` in front.

        Raises:
            ValueError: one isn't base64. The library would decode what it can, and sign with that.
        """
        for secret in secrets:
            text = secret.removeprefix(_PREFIX)
            base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        self._signers = [_Signer(secret) for secret in secrets]

    async def proven(self, headers: Headers, body: bytes) -> bytes | None:
        """Return the body if one of the signatures is right."""
        signatures = [one for one in headers.get(_SIGNATURES, "").split(" ") if _SIGNATURE.fullmatch(one)]
        signed = {**headers, _SIGNATURES: " ".join(signatures)}
        return body if any([_is_signed(one, signed, body) for one in self._signers]) else None  # noqa: C419


def _is_signed(signer: Webhook, headers: dict[str, str], body: bytes) -> bool:
    try:
        signer.verify(body.decode(errors=_BYTES), headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        # The library raises a ValueError for malformed headers.
        return False
    return True
