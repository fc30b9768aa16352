"""Puts packages in place, in Azure, by calling Azure CLI."""

import asyncio
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Protocol

from azure.core.exceptions import AzureError, ResourceNotFoundError

from tools.operate.account import Account
from tools.operate.troubles import Trouble, trouble_of

# The name under which the platform keeps the package that the app runs.
_KEPT = "released-package.zip"
_MAY_READ = "Storage Blob Data Reader on the container of the deployed package, or give the previous package (--former)"


class Platform(Protocol):
    """Where the app runs. Errors are raised as a `Trouble`."""

    async def former(self, file: Path) -> bool:
        """Write the package that's in place now to a file. Return False if there is none."""
        ...

    async def put(self, package: Path) -> None:
        """Put a package in place. The app may take a while to run it, or may never run it."""
        ...

    async def functions(self) -> frozenset[str]:
        """Return the names of the functions that the host has found."""
        ...


class Azure:
    """A function app on the Flex Consumption plan."""

    def __init__(self, resource_group: str, app: str, account: Account) -> None:
        self._app = ("--resource-group", resource_group, "--name", app)
        self._account = account

    async def former(self, file: Path) -> bool:
        """Read the package from the container that the app is deployed from."""
        url = await _az("functionapp", "deployment", "config", "show", *self._app, "--query", "storage.value")
        container = self._account.container(url.rstrip("/").rpartition("/")[2])
        try:
            content = await container.download_blob(_KEPT)
            with file.open("wb") as written:
                async for chunk in content.chunks():
                    written.write(chunk)
        except ResourceNotFoundError:
            return False
        except AzureError as error:
            raise trouble_of(error, _MAY_READ) from error
        return True

    async def put(self, package: Path) -> None:
        """Deploy the package as it is. Nothing is built in Azure."""
        source = ("--src", str(package), "--build-remote", "false")
        await _az("functionapp", "deployment", "source", "config-zip", *self._app, *source)

    async def functions(self) -> frozenset[str]:
        """Ask the platform. For a while, its list may still be the previous package's."""
        listed = await _az("functionapp", "function", "list", *self._app, "--query", "[].name")
        return frozenset(name.rpartition("/")[2] for name in listed.split())


async def _az(*arguments: str) -> str:
    """Run Azure CLI with the operator's sign-in, and return what it prints."""
    try:
        process = await asyncio.create_subprocess_exec("az", *arguments, "--output", "tsv", stdout=PIPE, stderr=PIPE)
    except FileNotFoundError:
        raise Trouble("az isn't on the PATH: install Azure CLI") from None
    try:
        out, err = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        said = [line for line in err.decode(errors="replace").splitlines() if line.strip()]
        raise Trouble(f"az {' '.join(arguments[:4])} failed: {said[-1] if said else process.returncode}")
    return out.decode().strip()
