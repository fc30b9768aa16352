"""A deployment from its beginning to its end: put in place, checked, and taken back if it does not work."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tools.operate.deploy.checks import Checks
from tools.operate.deploy.package import Package
from tools.operate.troubles import Trouble

# It worked before, and there is nothing after it: a former package may take at least so many seconds.
_PATIENCE = 600.0


async def former_package(checks: Checks, given: Path | None, folder: Path) -> Package | None:
    """Return the package to go back to: the given one, or the one that is in place. None if there is none.

    Raises:
        Trouble: it cannot be read. Nothing has been changed then.
    """
    if given is not None:
        return Package.read(given)
    file = folder / "former.zip"
    if not await checks.platform.former(file):
        return None
    return Package.read(file)


async def roll_out(checks: Checks, package: Package, former: Package | None, say: Callable[[str], None]) -> None:
    """Put a package in place and check it. If it does not work, put the former one in place and check that.

    Args:
        checks: where, and for how long each package is waited for.
        package: the new package.
        former: what to go back to.
        say: shows what is being done.

    Raises:
        Trouble: the checks cannot be made, so nothing was changed; or the new package does not work. The text says
            what runs now.
    """
    since = await checks.prepare()
    fault = await _put(checks, package, since, say)
    if fault is None:
        return
    failed = f"{package} does not work: {fault}"
    if former is None:
        raise Trouble(f"{failed}. There was none before it to go back to") from fault
    say(failed)
    # The former package may have written a heartbeat until it was replaced. Only a later one shows that it runs again.
    patient = replace(checks, seconds=max(checks.seconds, _PATIENCE))
    another = await _put(patient, former, await checks.last_beat(), say)
    if another is None:
        raise Trouble(f"{failed}. The former package, {former}, runs again") from fault
    raise Trouble(
        f"{failed}. The former package, {former}, does not run either: {another}. Events wait on their queues "
        "meanwhile; see `lms-sync doctor`"
    ) from fault


async def _put(checks: Checks, package: Package, since: datetime | None, say: Callable[[str], None]) -> Trouble | None:
    """Put a package in place and check it; return what is wrong with it."""
    try:
        say(f"putting {package} in place")
        await checks.platform.put(package.path)
        say("waiting for its heartbeat, for a ping to come back, and for its functions")
        await checks.run(package, since)
    except Trouble as fault:
        return fault
    return None
