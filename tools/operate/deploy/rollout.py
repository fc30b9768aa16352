"""A deployment from start to end: put a package in place, check it, and go back if it doesn't work."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tools.operate.deploy.checks import Checks
from tools.operate.deploy.package import Package
from tools.operate.troubles import Trouble

# The previous package worked before, and there's nothing else to go back to. It gets at least this many seconds.
_PATIENCE = 600.0


async def former_package(checks: Checks, given: Path | None, folder: Path) -> Package | None:
    """Return the package to go back to: the given one, or the one that's in place. None if there is none.

    Raises:
        Trouble: it can't be read. Nothing has been changed.
    """
    if given is not None:
        return Package.read(given)
    file = folder / "former.zip"
    if not await checks.platform.former(file):
        return None
    return Package.read(file)


async def roll_out(checks: Checks, package: Package, former: Package | None, say: Callable[[str], None]) -> None:
    """Put a package in place and check it. If it doesn't work, put the previous one back and check that.

    Args:
        checks: where to deploy, and how long to wait for each package.
        package: the new package.
        former: what to go back to.
        say: shows the operator what's being done.

    Raises:
        Trouble: the checks aren't possible, so nothing was changed; or the new package doesn't work. The text says
            what's running now.
    """
    since = await checks.prepare()
    fault = await _put(checks, package, since, say)
    if fault is None:
        return
    failed = f"{package} doesn't work: {fault}"
    if former is None:
        raise Trouble(f"{failed}. There's no previous package to go back to") from fault
    say(failed)
    # The previous package may have written heartbeats until it was replaced. Only a later one shows that it runs again.
    patient = replace(checks, seconds=max(checks.seconds, _PATIENCE))
    another = await _put(patient, former, await checks.last_beat(), say)
    if another is None:
        raise Trouble(f"{failed}. The previous package, {former}, is running again") from fault
    raise Trouble(
        f"{failed}. The previous package, {former}, doesn't work either: {another}. Events wait on their queues "
        "in the meantime; see `lms-sync doctor`"
    ) from fault


async def _put(checks: Checks, package: Package, since: datetime | None, say: Callable[[str], None]) -> Trouble | None:
    """Put a package in place and check it. Return what's wrong with it, or None."""
    try:
        say(f"putting {package} in place")
        await checks.platform.put(package.path)
        say("waiting for its heartbeat, for a ping to come back, and for its functions")
        await checks.run(package, since)
    except Trouble as fault:
        return fault
    return None
