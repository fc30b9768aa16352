"""Checks that a package works where it was put. Nothing that the previous package has left can pass a check."""

import asyncio
import secrets
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from azure.core.exceptions import AzureError

from activities.storage.shared import SharedState
from tools.operate.account import Account
from tools.operate.control import ask
from tools.operate.deploy.package import Package
from tools.operate.deploy.platform import Platform
from tools.operate.troubles import Trouble, trouble_of

NEEDS = (
    "Storage Table Data Reader on the table of activities, and Storage Queue Data Message Sender on the queue "
    "lms-events-retry"
)
# Seconds until a ping counts as lost: a process of the previous package may have taken it.
_LOST = 30.0


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of one package in one place.

    Attributes:
        seconds: how long all the checks together may take.
        pause: seconds between two looks.
    """

    platform: Platform
    account: Account
    seconds: float
    pause: float = 1.0

    async def prepare(self) -> datetime | None:
        """Before anything is changed, make sure that the checks are possible. Return the same as `last_beat`.

        Raises:
            Trouble: a right is missing, or something doesn't answer.
        """
        with _understood():
            await ask(self.account.retries, "ping", secrets.token_hex(32))
        last = await self.last_beat()
        await self.platform.functions()
        return last

    async def last_beat(self) -> datetime | None:
        """Return when the latest heartbeat was written, by storage's clock.

        Raises:
            Trouble: it can't be read.
        """
        with _understood():
            return _written(await SharedState(self.account.activities).heartbeat())

    async def run(self, package: Package, since: datetime | None) -> None:
        """Wait until the package has shown that it works.

        Args:
            package: the one that was put in place.
            since: when the last heartbeat before that was written.

        Raises:
            Trouble: it hasn't shown that in time, or has shown that it doesn't work.
        """
        ends = asyncio.get_running_loop().time() + self.seconds
        await _in_time(ends, "no heartbeat has come from it", self._beats(package, since))
        await _in_time(ends, "no ping has come back from it", self._answers(package))
        await _in_time(ends, "the platform doesn't list its functions", self._lists(package))

    async def _beats(self, package: Package, since: datetime | None) -> None:
        """Wait for a heartbeat: this package's timer runs, and it can write to storage."""
        shared = SharedState(self.account.activities)
        while True:
            row = await shared.heartbeat()
            written = _written(row)
            later = written is not None and (since is None or written > since)
            if row is not None and later and _is_of(row, package):
                return
            await asyncio.sleep(self.pause)

    async def _answers(self, package: Package) -> None:
        """Wait for an answer: this package handles messages. If another process takes the ping, send a new one."""
        while True:
            ping = secrets.token_hex(32)
            await ask(self.account.retries, "ping", ping)
            row = await self._answer(ping)
            if row is not None and _is_of(row, package):
                if row.get("fault"):
                    raise Trouble(f"it can't handle events: {row['fault']}")
                return
            await asyncio.sleep(self.pause)

    async def _answer(self, ping: str) -> Mapping[str, object] | None:
        shared = SharedState(self.account.activities)
        try:
            async with asyncio.timeout(_LOST):
                while True:
                    row = await shared.answered()
                    if row is not None and row.get("ping") == ping:
                        return row
                    await asyncio.sleep(self.pause)
        except TimeoutError:
            return None

    async def _lists(self, package: Package) -> None:
        """Wait until the host lists each function by name. This check is the last, when this package certainly runs."""
        while True:
            listed = await self.platform.functions()
            if package.functions <= listed <= package.functions | package.optional:
                return
            await asyncio.sleep(self.pause)


async def _in_time(ends: float, otherwise: str, check: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout_at(ends):
            with _understood():
                await check
    except TimeoutError:
        raise Trouble(otherwise) from None


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        raise trouble_of(error, NEEDS) from error


def _is_of(row: Mapping[str, object], package: Package) -> bool:
    return (row.get("version"), row.get("build")) == (package.version, package.build)


def _written(row: Mapping[str, object] | None) -> datetime | None:
    found = getattr(row, "metadata", {}).get("timestamp")
    return found if isinstance(found, datetime) else None
