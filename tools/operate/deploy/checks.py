"""Checks that a package works where it was put. Nothing that its predecessor has left counts as a sign of it."""

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
# Seconds after which a ping is thought lost: another process may have been asked last.
_LOST = 30.0


@dataclass(frozen=True, slots=True)
class Checks:
    """The checks of one package in one place.

    Attributes:
        seconds: how long all checks together may take.
        pause: seconds between two looks.
    """

    platform: Platform
    account: Account
    seconds: float
    pause: float = 1.0

    async def prepare(self) -> datetime | None:
        """Make sure, before anything is changed, that the checks can be made; return the same as `last_beat`.

        Raises:
            Trouble: a right is missing, or something does not answer.
        """
        with _understood():
            await ask(self.account.retries, "ping", secrets.token_hex(32))
        last = await self.last_beat()
        await self.platform.functions()
        return last

    async def last_beat(self) -> datetime | None:
        """Return when the latest heartbeat was written, by the clock of storage.

        Raises:
            Trouble: it cannot be read.
        """
        with _understood():
            return _written(await SharedState(self.account.activities).heartbeat())

    async def run(self, package: Package, since: datetime | None) -> None:
        """Wait until the package has shown that it works.

        Args:
            package: what has been put in place.
            since: when the latest heartbeat before that was written.

        Raises:
            Trouble: it has not shown that in time, or has shown that it does not work.
        """
        ends = asyncio.get_running_loop().time() + self.seconds
        await _in_time(ends, "no heartbeat of it has come", self._beats(package, since))
        await _in_time(ends, "no ping has come back from it", self._answers(package))
        await _in_time(ends, "the platform does not list its functions", self._lists(package))

    async def _beats(self, package: Package, since: datetime | None) -> None:
        """The timer of this package runs, and storage lets it write."""
        shared = SharedState(self.account.activities)
        while True:
            row = await shared.heartbeat()
            written = _written(row)
            later = written is not None and (since is None or written > since)
            if row is not None and later and _is_of(row, package):
                return
            await asyncio.sleep(self.pause)

    async def _answers(self, package: Package) -> None:
        """This package handles messages. A former process may take a ping too; then another is sent."""
        while True:
            ping = secrets.token_hex(32)
            await ask(self.account.retries, "ping", ping)
            row = await self._answer(ping)
            if row is not None and _is_of(row, package):
                if row.get("fault"):
                    raise Trouble(f"it cannot handle events: {row['fault']}")
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
        """The host has found each function by its name. This is looked at last, when this package certainly runs."""
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
