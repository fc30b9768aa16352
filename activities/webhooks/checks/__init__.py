"""How senders prove who they are, with one module per scheme. A proof covers the bytes as they were sent."""

from activities.webhooks.checks.basic import BasicCheck
from activities.webhooks.checks.bearer import BearerCheck
from activities.webhooks.checks.check import Check
from activities.webhooks.checks.header import HeaderCheck
from activities.webhooks.checks.keys import Keys
from activities.webhooks.checks.signature import SignatureCheck
from activities.webhooks.checks.standard import StandardCheck
from activities.webhooks.checks.token import TokenCheck
from activities.webhooks.schemes import Basic, Bearer, Header, Hmac, Jwt, Scheme

__all__ = ["Check", "check_of"]


def check_of(scheme: Scheme, secrets: tuple[str, ...]) -> Check:
    """Return the check for a scheme. It accepts each of the secrets.

    Raises:
        ValueError: a secret isn't valid for this scheme.
    """
    match scheme:
        case Basic():
            return BasicCheck(scheme.user, secrets)
        case Bearer():
            return BearerCheck(secrets)
        case Header():
            return HeaderCheck(scheme.header.lower(), secrets)
        case Hmac():
            return SignatureCheck(scheme, secrets)
        case Jwt():
            return TokenCheck(Keys(scheme.keys), scheme.issuer, scheme.audience)
        case _:
            return StandardCheck(secrets)
