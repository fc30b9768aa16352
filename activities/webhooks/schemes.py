"""The setting `WEBHOOKS`: for each sender, the scheme by which it proves who it is, and the format of its events."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

BODY = "body"
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}", re.ASCII)


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError("not the name of a header")
    return name


def _user(name: str) -> str:
    if ":" in name:
        raise ValueError("a user name can't have a colon")
    return name


def _address(url: str) -> str:
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not (local or (parts.scheme == "https" and parts.hostname)):
        raise ValueError("use https, except on this machine")
    return url


HeaderName = Annotated[str, AfterValidator(_header)]


class _Scheme(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, hide_input_in_errors=True
    )

    format: str


class Basic(_Scheme):
    """HTTP Basic: the secret is the password of this user."""

    scheme: Literal["basic"]
    user: Annotated[str, StringConstraints(min_length=1), AfterValidator(_user)]


class Bearer(_Scheme):
    """The secret is the token after `Authorization: Bearer`."""

    scheme: Literal["bearer"]


class Header(_Scheme):
    """The secret is the value of this header."""

    scheme: Literal["header"]
    header: HeaderName


class StandardWebhooks(_Scheme):
    """The secret is the signing secret of Standard Webhooks."""

    scheme: Literal["standardWebhooks"]


class Hmac(_Scheme):
    """The secret is the key of an HMAC in this header.

    Attributes:
        header: where the signature is, after `prefix`, in this `encoding`.
        signed: what's signed: names of headers and `body`, in order, joined with the separator.
        timestamp_header: where the time of the signature is, in whole seconds since 1970. It must be signed too.
    """

    scheme: Literal["hmac"]
    header: HeaderName
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    prefix: str = ""
    signed: Annotated[list[HeaderName], Field(min_length=1)] = [BODY]
    separator: str = "."
    timestamp_header: HeaderName | None = None

    @model_validator(mode="after")
    def _covers_what_counts(self) -> Self:
        """Refuse a signature that somebody could copy from one request to another."""
        if BODY not in self.signed:
            raise ValueError("signed: must include body")
        if self.timestamp_header and self.timestamp_header.lower() not in [name.lower() for name in self.signed]:
            raise ValueError("timestampHeader: must be in signed")
        return self


class Jwt(_Scheme):
    """The body is a token that's signed with one of the keys at `keys`."""

    scheme: Literal["jwt"]
    keys: Annotated[str, AfterValidator(_address)]
    issuer: str | None = None
    audience: str | None = None


Scheme = Basic | Bearer | Header | StandardWebhooks | Hmac | Jwt
