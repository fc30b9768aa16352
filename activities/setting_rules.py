"""What single settings may be: names in storage, a connection string, a time span of the Functions host. Pure.

A value that storage or the host would refuse makes every message fail, so it is refused while the app loads. Messages
name the rule and what to do, and never the value: it may be a secret.

Sources: "Naming queues and metadata", "Naming containers, blobs, and metadata", "Understanding the Table service data
model", "Configure Azure Storage connection strings" and "Use Key Vault references" at learn.microsoft.com; the queue
trigger and the storage libraries of .NET, which the host uses, for what they do with such values.
"""

import base64
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

POISON = "-poison"
_DNS_NAME = re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(-[a-z0-9]+)*", re.DOTALL)
_TABLE = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
# The host keeps its own locks, keys, logs and metrics under such names.
_OF_THE_HOST = ("azure-webjobs-", "azurewebjobs", "azurefunctions")
_LONGEST = 63
_REFERENCE = re.compile(r"\s*@Microsoft\.(KeyVault|AppConfiguration)\(", re.IGNORECASE)
_TIME_SPAN = re.compile(r"(?:(\d{1,4})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?", re.ASCII)

# Not a secret: every storage emulator has this account and this key, and the documentation publishes both.
# https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
_EMULATED_ACCOUNT = "devstoreaccount1"
_EMULATED_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_EMULATED_PORTS = {"BlobEndpoint": 10000, "QueueEndpoint": 10001, "TableEndpoint": 10002}


def resolved(value: object) -> object:
    """Refuse a reference that Azure could not resolve: the app then gets the text of the reference itself."""
    found = _REFERENCE.match(value) if isinstance(value, str) else None
    if found is None:
        return value
    raise ValueError(
        f"a reference to {found[1]} that was not resolved: correct it, or give the app's identity access. The portal "
        "shows why under the function app's environment variables"
    )


def _queue(name: str) -> str:
    if name != name.lower():
        raise ValueError(
            "has capital letters, but the host listens to the queue whose name is in lower-case letters, and the app "
            "could write to neither: write it in lower-case letters"
        )
    _dns_name(name, "queue")
    if name.endswith(POISON):
        raise ValueError(f"must not end with {POISON}: the host gives messages up to queues of such names")
    if len(name) + len(POISON) > _LONGEST:
        raise ValueError(f"has more than {_LONGEST - len(POISON)} characters: {POISON} must fit behind it")
    return name


def _container(name: str) -> str:
    return _dns_name(name, "container")


def _dns_name(name: str, what: str) -> str:
    if not _DNS_NAME.fullmatch(name):
        raise ValueError(
            f"not a name of a {what}: 3 to 63 lower-case letters, digits and single hyphens, with a letter or a digit "
            "at both ends"
        )
    return _unreserved(name)


def _table(name: str) -> str:
    if not _TABLE.fullmatch(name):
        raise ValueError("not a name of a table: 3 to 63 letters and digits, the first of them a letter")
    return _unreserved(name)


def _unreserved(name: str) -> str:
    if name.lower() == "tables" or name.lower().startswith(_OF_THE_HOST):
        raise ValueError("this name is reserved: choose another one")
    return name


def _account(name: str) -> str:
    if not _ACCOUNT.fullmatch(name):
        raise ValueError("not a name of a storage account: 3 to 24 lower-case letters and digits, no address")
    return name


QueueName = Annotated[str, AfterValidator(_queue)]
ContainerName = Annotated[str, AfterValidator(_container)]
TableName = Annotated[str, AfterValidator(_table)]
AccountName = Annotated[str, AfterValidator(_account)]


def connection_string(text: str) -> str:
    """Return a connection string in a form that all libraries understand.

    Those of Python take fewer of the documented forms for the emulator than the host does: the one for tables takes
    `UseDevelopmentStorage=true` only without a semicolon, and none knows `DevelopmentStorageProxyUri`.

    Raises:
        ValueError: it is not a connection string.
    """
    parts = _parts(text)
    if "usedevelopmentstorage" in parts:
        return _emulator(parts)
    try:
        base64.b64decode(parts.get("accountkey", ""), validate=True)
    except ValueError:
        raise ValueError("the AccountKey is not base64: copy the connection string again") from None
    if parts.get("defaultendpointsprotocol", "https").lower() not in {"http", "https"}:
        raise ValueError("DefaultEndpointsProtocol is neither http nor https")
    return text.strip()


def _parts(text: str) -> dict[str, str]:
    """Return the settings in a connection string. Their names count in any case."""
    pairs = [pair.partition("=") for pair in text.strip().split(";") if pair]
    parts = {name.lower(): value for name, _, value in pairs}
    if not pairs or not all(name and sign for name, sign, _ in pairs):
        raise ValueError("not a connection string: it consists of name=value, separated by semicolons")
    if len(parts) != len(pairs):
        raise ValueError("the connection string has a name twice")
    return parts


def _emulator(parts: Mapping[str, str]) -> str:
    """Write out what the short form for the emulator stands for."""
    if parts["usedevelopmentstorage"].lower() != "true":
        raise ValueError("UseDevelopmentStorage can only be true: for an account in Azure, leave it out")
    if parts.keys() - {"usedevelopmentstorage", "developmentstorageproxyuri"}:
        raise ValueError("UseDevelopmentStorage=true stands alone, or with DevelopmentStorageProxyUri")
    scheme, host = _origin(parts.get("developmentstorageproxyuri", "http://127.0.0.1"))
    endpoints = [f"{name}={scheme}://{host}:{port}/{_EMULATED_ACCOUNT}" for name, port in _EMULATED_PORTS.items()]
    account = [f"AccountName={_EMULATED_ACCOUNT}", f"AccountKey={_EMULATED_KEY}"]
    return ";".join([f"DefaultEndpointsProtocol={scheme}", *account, *endpoints])


def _origin(address: str) -> tuple[str, str]:
    """Return scheme and host. As in the host, the ports stay those of the emulator."""
    try:
        url = urlsplit(address)
        scheme, host = url.scheme, url.hostname
    except ValueError:
        scheme, host = "", None
    if scheme not in {"http", "https"} or not host:
        raise ValueError("DevelopmentStorageProxyUri is no address such as http://azurite")
    return scheme, f"[{host}]" if ":" in host else host


def time_span(text: str) -> float:
    """Return the seconds of a time span as .NET writes it: `[days.]hours:minutes[:seconds]`.

    Raises:
        ValueError: it is not a time span.
    """
    found = _TIME_SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a time span such as 00:01:30")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[:4])
    fraction = float(f"0.{found[5] or 0}")
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds() + fraction


def mode(value: object) -> object:
    """Return the word for what the app does. No value, as portals and templates write it, is the default."""
    return (value.strip().lower() or "live") if isinstance(value, str) else value


def names(value: object) -> object:
    """Return the names in a text, which are separated by commas, semicolons or line breaks."""
    if not isinstance(value, str) or not value.strip():
        return value or None
    found = frozenset(name.strip() for name in re.split(r"[,;\n]", value) if name.strip())
    if not found:
        raise ValueError("names nobody: without a pilot group, leave it empty")
    return found
