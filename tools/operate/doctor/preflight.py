"""Checks before a deployment: the values that it would take from the environment, and the tools on this machine."""

import os
import shutil
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import DefaultAzureCredential
from pydantic import ValidationError

from activities.intake.formats import FormatError, load_formats
from activities.settings import Settings
from activities.webhooks.senders import SETTING, entries_of, formats_of_senders, scheme_of
from tools.operate.account import BY_NAME, BY_STRING
from tools.operate.doctor.finding import Finding, bad, good
from tools.operate.doctor.permissions import IDENTITY, of_identity

_MANAGEMENT = "https://management.azure.com/.default"
# Object ids that a deployment takes, and what it means if one is empty.
_IDS = {
    "OPERATORS_GROUP_ID": "nobody gets the operators' roles",
    "LMS_PUBLISHER_PRINCIPAL_ID": "nobody may publish with an identity",
}
_TOOLS = {"az": "install Azure CLI", "make": "install make, which builds the package"}


async def checks() -> list[Finding]:
    """Check everything that doesn't need a running app."""
    of_settings = list(settings())
    found = [*of_settings, *ids(), *tools(), await sign_in()]
    # The operator's token may go only where the app's may go. If the settings are wrong, they don't say where that is.
    if all(finding.ok for finding in of_settings):
        field = Settings.model_fields["graph_base_url"]
        graph = os.environ.get(str(field.alias), str(field.default))
        found += await of_identity(os.environ.get(IDENTITY, ""), graph)
    return found


def settings() -> Iterator[Finding]:
    """Check the app settings in the environment by the app's own rules. Values aren't shown."""
    storage: dict[str, Any] = {} if BY_NAME in os.environ or BY_STRING in os.environ else {BY_NAME: "preflight"}
    try:
        found = Settings(**storage)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False, include_input=False):
            name = ".".join(str(part) for part in fault["loc"]) or "combination"
            said = "isn't set" if fault["type"] == "missing" else fault["msg"].removeprefix("Value error, ")
            yield bad(f"setting {name}", said)
        return
    yield good("settings")
    yield _guid("LEARNING_PROVIDER_ID", found.learning_provider_id, "")
    yield from _webhooks(found.webhooks)
    try:
        load_formats(found.formats_folder, found.sources, formats_of_senders(found.webhooks))
    except FormatError as error:
        yield bad("formats", str(error))
    else:
        yield good("formats")


def ids() -> Iterator[Finding]:
    """Check the object ids that the deployment gives roles to."""
    for name, otherwise in _IDS.items():
        yield _guid(name, os.environ.get(name, ""), otherwise)


def tools() -> Iterator[Finding]:
    """Check that the tools for a deployment are on the PATH."""
    for name, fix in _TOOLS.items():
        yield good(name) if shutil.which(name) else bad(name, f"isn't on the PATH: {fix}")


async def sign_in() -> Finding:
    """Check whether the operator is signed in to Azure."""
    check = "sign-in"
    async with DefaultAzureCredential() as credential:
        try:
            await credential.get_token(_MANAGEMENT)
        except ClientAuthenticationError:
            return bad(check, "not signed in, or no answer: try `az login`")
    return good(check)


def _guid(name: str, text: str, otherwise: str) -> Finding:
    if not text and otherwise:
        return good(name, f"is empty: {otherwise}")
    try:
        UUID(text)
    except ValueError:
        return bad(name, "isn't an id such as 13727311-e7bb-470d-8b20-6a23d9030d70: copy it again")
    return good(name)


def _webhooks(text: str | None) -> Iterator[Finding]:
    try:
        entries = entries_of(text)
    except ValueError as error:
        yield bad(SETTING, str(error))
        return
    for name, entry in entries.items():
        try:
            scheme_of(name, entry)
        except ValueError as error:
            yield bad(f"{SETTING} {name}", str(error))
        else:
            yield good(f"{SETTING} {name}", "its secret belongs in the key vault")
