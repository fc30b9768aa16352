"""`lms-sync deploy`: put a package in place, check that it works, and go back to the former one if it does not."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tools.operate import screen
from tools.operate.command import Session, command
from tools.operate.deploy.checks import NEEDS, Checks
from tools.operate.deploy.package import Package
from tools.operate.deploy.platform import Azure
from tools.operate.deploy.rollout import former_package, roll_out
from tools.operate.troubles import Exit

app = typer.Typer()
_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the package is put."""

    resource_group: Annotated[str, typer.Option("--resource-group", metavar="NAME", help="Where the app is.")]
    name: Annotated[str, typer.Option("--app", metavar="NAME", help="The function app.")]


@command(
    app,
    needs=f"Contributor on the function app, {NEEDS}, and without --former Storage Blob Data Reader on the container "
    "of the deployed package",
    interrupted="Run the command again: until it has ended, nobody knows which package works.",
)
async def deploy(
    session: Session,
    target: Target,
    *,
    file: Annotated[Path, typer.Argument(metavar="PACKAGE", help="What `make package` has made, or a release has.")],
    former: Annotated[
        Path | None,
        typer.Option("--former", metavar="PACKAGE", help="What to go back to; otherwise what is in place now."),
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=1, help="How long a package may take to show that it works.")
    ] = 10,
) -> int:
    """Put a package in place of what the app runs, and check it; go back to the former package if it does not work.

    It works if its own heartbeat comes, a ping comes back from it, and the platform lists its functions by their
    names. What its predecessor has left does not count, because each package has a build of its own.
    """
    package = Package.read(file)
    async with session.account() as account:
        checks = Checks(Azure(target.resource_group, target.name, account), account, minutes * _MINUTE)
        with tempfile.TemporaryDirectory() as folder:
            before = await former_package(checks, former, Path(folder))
            if before is None:
                screen.note("There is no package to go back to: this is the first.")
            await roll_out(checks, package, before, screen.note)
    said = {"version": package.version, "build": package.build}
    screen.line(screen.as_json(said) if session.json else f"{package} works.")
    return Exit.GOOD
