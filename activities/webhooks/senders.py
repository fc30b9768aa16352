"""Reads the setting `WEBHOOKS` and the secrets of its senders.

If a sender's configuration is wrong, that sender is closed, and the others stay open. If the setting itself can't be
read, all are closed.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, SecretStr, TypeAdapter, ValidationError

from activities.intake.json_body import MalformedError, loads
from activities.webhooks.checks import Check, check_of
from activities.webhooks.schemes import Jwt, Scheme

SETTING = "WEBHOOKS"
# Stands for the whole setting in places where a sender's name is expected.
_ALL = "all"
_NAME = re.compile(r"[a-z][a-z0-9]{1,30}")
_UNRESOLVED = "@Microsoft.KeyVault("
_SHORTEST = 16
_ADAPTER: TypeAdapter[Scheme] = TypeAdapter(Annotated[Scheme, Field(discriminator="scheme")])

Secrets = Mapping[str, SecretStr]


@dataclass(frozen=True, slots=True)
class Sender:
    """An LMS that may send webhooks, in one format and with a proof."""

    name: str
    format: str
    check: Check


@dataclass(slots=True)
class Senders:
    """The senders by name, and the faults for which a sender is closed or a next secret is ignored."""

    open: dict[str, Sender] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)


def secret_names(name: str) -> tuple[str, str]:
    """Return the app settings that hold a sender's secret and, during a rotation, its next one."""
    setting = f"WEBHOOK_SECRET_{name.upper()}"
    return setting, f"{setting}_NEXT"


def read_senders(text: str | None, secrets: Secrets, formats: Collection[str]) -> Senders:
    """Read the setting and the secrets, which are app settings by name. `formats` are the existing formats."""
    senders = Senders()
    try:
        entries = entries_of(text)
    except ValueError as error:
        senders.faults.append((_ALL, f"all are closed: {error}"))
        return senders
    for name, entry in entries.items():
        try:
            senders.open[name] = _sender(name, entry, secrets, formats, senders.faults)
        except ValueError as error:
            senders.faults.append((name, str(error)))
    return senders


def formats_of_senders(text: str | None) -> dict[str, str] | None:
    """Return each sender's format by name, empty if its entry is wrong. If the setting can't be read, return None."""
    try:
        entries = entries_of(text)
    except ValueError:
        return None
    return {name: _format_of(name, entry) for name, entry in entries.items()}


def _format_of(name: str, entry: object) -> str:
    try:
        return scheme_of(name, entry).format
    except ValueError:
        return ""


def scheme_of(name: str, entry: object) -> Scheme:
    """Read the entry of one sender.

    Raises:
        ValueError: it's wrong. The message says what's wrong without quoting any value.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("a name must have 2 to 31 lower-case letters or digits, and begin with a letter")
    try:
        return _ADAPTER.validate_python(entry)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in found["loc"][1:])
        raise ValueError(f"{where or 'scheme'}: {found['msg'].removeprefix('Value error, ')}") from None


def entries_of(text: str | None) -> dict[str, object]:
    """Return the setting's entries by sender name.

    Raises:
        ValueError: it isn't a JSON object.
    """
    if not text:
        return {}
    try:
        value = loads(text)
    except MalformedError as error:
        raise ValueError(f"{SETTING} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise ValueError(f"{SETTING} is not a JSON object")  # noqa: TRY004  one type of error for a wrong setting
    return value


def _sender(
    name: str, entry: object, secrets: Secrets, formats: Collection[str], faults: list[tuple[str, str]]
) -> Sender:
    scheme = scheme_of(name, entry)
    if scheme.format not in formats:
        raise ValueError("format: there's no such format")
    if isinstance(scheme, Jwt):
        return Sender(name, scheme.format, check_of(scheme, ()))
    current, following = secret_names(name)
    known = [_secret(current, secrets)]
    check = _check(scheme, current, known)
    if following in secrets and secrets[following].get_secret_value():
        try:
            check = _check(scheme, following, [*known, _secret(following, secrets)])
        except ValueError as error:
            faults.append((name, f"{error}; it is ignored"))
    return Sender(name, scheme.format, check)


def _check(scheme: Scheme, setting: str, known: list[str]) -> Check:
    try:
        return check_of(scheme, tuple(known))
    except ValueError:
        raise ValueError(f"{setting}: not a valid secret for this scheme") from None


def _secret(setting: str, secrets: Secrets) -> str:
    """Return the secret in an app setting.

    Raises:
        ValueError: it's missing, too short, has white space around it, or is an unresolved key vault reference.
    """
    secret = secrets[setting].get_secret_value() if setting in secrets else ""
    if not secret:
        raise ValueError(f"{setting}: missing")
    if secret.lstrip().lower().startswith(_UNRESOLVED.lower()):
        raise ValueError(f"{setting}: a key vault reference that wasn't resolved")
    if secret != secret.strip():
        raise ValueError(f"{setting}: has white space before or after it")
    if len(secret) < _SHORTEST:
        raise ValueError(f"{setting}: has fewer than {_SHORTEST} characters")
    return secret
