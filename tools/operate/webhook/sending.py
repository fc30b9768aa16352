"""Sends a body to the webhook door as a sender would: to the address for its format, and with its proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from activities.webhooks.schemes import Jwt, Scheme
from activities.webhooks.senders import SETTING, entries_of, scheme_of, secret_names
from activities.webhooks.statements import XAPI
from tools.operate.webhook.signing import Proof, signed

_SECONDS = 30
_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Answer:
    """The door's response."""

    status: int
    text: str

    @property
    def taken(self) -> bool:
        """Whether the delivery was accepted, so the sender may forget it."""
        return self.status in _OK


@dataclass(frozen=True, slots=True)
class Sending:
    """Where to send, and what proves who the sender is.

    Attributes:
        url: the app, such as `https://<app>.azurewebsites.net`.
        settings: the app settings `WEBHOOKS` and `WEBHOOK_SECRET_<NAME>`.
        private_key, key_id: for the scheme `jwt`, the key in PEM, and its id.
    """

    url: str
    settings: Mapping[str, str]
    private_key: str | None = None
    key_id: str = ""

    async def send(self, sender: str, body: bytes) -> Answer:
        """Sign and send a body.

        Raises:
            ValueError: there's no such sender or no secret or key for it, or the URL isn't https.
            aiohttp.ClientError, TimeoutError: there's no response.
        """
        parts = urlsplit(self.url)
        if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("use https, or anybody on the way can read the secret")
        scheme = self._scheme(sender)
        proof, sent = signed(scheme, self._proof(sender, scheme), body)
        address = f"{self.url.rstrip('/')}/api/webhooks/{sender}{'/statements' if scheme.format == XAPI else ''}"
        headers = {"Content-Type": "application/json", **proof}
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session,
            session.post(address, data=sent, headers=headers, allow_redirects=False) as response,
        ):
            return Answer(response.status, await response.text())

    def _scheme(self, sender: str) -> Scheme:
        entries = entries_of(self.settings.get(SETTING))
        if sender not in entries:
            known = ", ".join(sorted(entries)) or "nobody"
            raise ValueError(f"{SETTING} has no sender {sender}; it has: {known}")
        try:
            return scheme_of(sender, entries[sender])
        except ValueError as error:
            raise ValueError(f"{SETTING} {sender}: {error}") from None

    def _proof(self, sender: str, scheme: Scheme) -> Proof:
        if isinstance(scheme, Jwt):
            if self.private_key is None:
                raise ValueError("this sender signs tokens: give --private-key and --kid")
            return Proof(private_key=self.private_key, key_id=self.key_id)
        name = secret_names(sender)[0]
        if name not in self.settings:
            raise ValueError(f"set the environment variable {name} to the sender's secret")
        return Proof(self.settings[name])
