"""Rules for single settings: names in storage, a connection string, a time span of the Functions host. Pure.

If storage or the host would refuse a value, every message would fail. So such a value is refused while the app loads.
The error messages state the rule and what to do, but never the value, because it may be a secret.

Sources: "Naming queues and metadata", "Naming containers, blobs, and metadata", "Understanding the Table service data
model", "Configure Azure Storage connection strings" and "Use Key Vault references" at learn.microsoft.com. The code of
the queue trigger and of the .NET storage libraries, which the host uses, shows what they do with such values.
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
# The host uses names like these for its own locks, keys, logs and metrics.
_OF_THE_HOST = ("azure-webjobs-", "azurewebjobs", "azurefunctions")
_LONGEST = 63
_REFERENCE = re.compile(r"\s*@Microsoft\.(KeyVault|AppConfiguration)\(", re.IGNORECASE)
_TIME_SPAN = re.compile(r"(?:(\d{1,4})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?", re.ASCII)

# This isn't a secret. Every storage emulator has this account and this key, and both are in the documentation.
# https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
_EMULATED_ACCOUNT = "devstoreaccount1"
_EMULATED_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_EMULATED_PORTS = {"BlobEndpoint": 10000, "QueueEndpoint": 10001, "TableEndpoint": 10002}


def resolved(value: object) -> object:
    """Refuse a reference that Azure couldn't resolve. In that case, the app gets the text of the reference itself."""
    found = _REFERENCE.match(value) if isinstance(value, str) else None
    if found is None:
        return value
    raise ValueError(
        f"a reference to {found[1]} that's not resolved: correct it, or give the app's identity access. The portal "
        "shows the cause, under the function app's environment variables"
    )


def _queue(name: str) -> str:
    if name != name.lower():
        raise ValueError(
            "has capital letters: change them to lower case. Otherwise the host listens to the lower-case name, and "
            "the app can't write to the other one"
        )
    _dns_name(name, "queue")
    if name.endswith(POISON):
        raise ValueError(f"must not end with {POISON}: the host uses such names for messages that it gives up on")
    if len(name) + len(POISON) > _LONGEST:
        raise ValueError(f"has more than {_LONGEST - len(POISON)} characters: the host has to append {POISON}")
    return name


def _container(name: str) -> str:
    return _dns_name(name, "container")


def _dns_name(name: str, what: str) -> str:
    if not _DNS_NAME.fullmatch(name):
        raise ValueError(
            f"not a valid {what} name: use 3 to 63 lower-case letters, digits and single hyphens, with a letter or a "
            "digit at both ends"
        )
    return _unreserved(name)


def _table(name: str) -> str:
    if not _TABLE.fullmatch(name):
        raise ValueError("not a valid table name: use 3 to 63 letters and digits, beginning with a letter")
    return _unreserved(name)


def _unreserved(name: str) -> str:
    if name.lower() == "tables" or name.lower().startswith(_OF_THE_HOST):
        raise ValueError("this name is reserved: choose another one")
    return name


def _account(name: str) -> str:
    if not _ACCOUNT.fullmatch(name):
        raise ValueError("not a storage account's name: use 3 to 24 lower-case letters and digits, not an address")
    return name


QueueName = Annotated[str, AfterValidator(_queue)]
ContainerName = Annotated[str, AfterValidator(_container)]
TableName = Annotated[str, AfterValidator(_table)]
AccountName = Annotated[str, AfterValidator(_account)]


def connection_string(text: str) -> str:
    """Return a connection string in a form that all libraries understand.

    The Python libraries accept fewer of the documented forms for the emulator than the host does. The one for tables
    accepts `UseDevelopmentStorage=true` only without a semicolon, and none of them knows `DevelopmentStorageProxyUri`.

    Raises:
        ValueError: the text isn't a valid connection string.
    """
    parts = _parts(text)
    if "usedevelopmentstorage" in parts:
        return _emulator(parts)
    try:
        base64.b64decode(parts.get("accountkey", ""), validate=True)
    except ValueError:
        raise ValueError("the AccountKey isn't base64: copy the connection string again") from None
    if parts.get("defaultendpointsprotocol", "https").lower() not in {"http", "https"}:
        raise ValueError("DefaultEndpointsProtocol is neither http nor https")
    return text.strip()


def _parts(text: str) -> dict[str, str]:
    """Return the settings in a connection string. Upper and lower case make no difference in their names."""
    pairs = [pair.partition("=") for pair in text.strip().split(";") if pair]
    parts = {name.lower(): value for name, _, value in pairs}
    if not pairs or not all(name and sign for name, sign, _ in pairs):
        raise ValueError("not a connection string: use name=value pairs, separated by semicolons")
    if len(parts) != len(pairs):
        raise ValueError("the connection string has the same name twice")
    return parts


def _emulator(parts: Mapping[str, str]) -> str:
    """Write out what the short form for the emulator stands for."""
    if parts["usedevelopmentstorage"].lower() != "true":
        raise ValueError("UseDevelopmentStorage can only be true: for an account in Azure, leave it out")
    if parts.keys() - {"usedevelopmentstorage", "developmentstorageproxyuri"}:
        raise ValueError("UseDevelopmentStorage=true can't be combined with anything but DevelopmentStorageProxyUri")
    scheme, host = _origin(parts.get("developmentstorageproxyuri", "http://127.0.0.1"))
    endpoints = [f"{name}={scheme}://{host}:{port}/{_EMULATED_ACCOUNT}" for name, port in _EMULATED_PORTS.items()]
    account = [f"AccountName={_EMULATED_ACCOUNT}", f"AccountKey={_EMULATED_KEY}"]
    return ";".join([f"DefaultEndpointsProtocol={scheme}", *account, *endpoints])


def _origin(address: str) -> tuple[str, str]:
    """Return the scheme and host of an address. As in the Functions host, the ports stay those of the emulator."""
    try:
        url = urlsplit(address)
        scheme, host = url.scheme, url.hostname
    except ValueError:
        scheme, host = "", None
    if scheme not in {"http", "https"} or not host:
        raise ValueError("DevelopmentStorageProxyUri isn't an address such as http://azurite")
    return scheme, f"[{host}]" if ":" in host else host


def time_span(text: str) -> float:
    """Return the seconds of a time span in .NET's notation: `[days.]hours:minutes[:seconds]`.

    Raises:
        ValueError: the text isn't a time span.
    """
    found = _TIME_SPAN.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a time span such as 00:01:30")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[:4])
    fraction = float(f"0.{found[5] or 0}")
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds() + fraction


def mode(value: object) -> object:
    """Return the mode in lower case. An empty text, which portals and templates write for no value, means `live`."""
    return (value.strip().lower() or "live") if isinstance(value, str) else value


def names(value: object) -> object:
    """Return the names in a text. They're separated by commas, semicolons or line breaks."""
    if not isinstance(value, str) or not value.strip():
        return value or None
    found = frozenset(name.strip() for name in re.split(r"[,;\n]", value) if name.strip())
    if not found:
        raise ValueError("names nobody: if there's no pilot group, leave it empty")
    return found
