"""`lms-sync deploy`: put a package in place, check that it works, and go back to the previous one if it doesn't."""

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
    """Where to put the package."""

    resource_group: Annotated[str, typer.Option("--resource-group", metavar="NAME", help="The app's resource group.")]
    name: Annotated[str, typer.Option("--app", metavar="NAME", help="The function app.")]


@command(
    app,
    needs=f"Contributor on the function app, {NEEDS}; without --former, also Storage Blob Data Reader on the container "
    "of the deployed package",
    interrupted="Run the command again: until it has finished, nobody knows whether the package in place works.",
)
async def deploy(
    session: Session,
    target: Target,
    *,
    file: Annotated[Path, typer.Argument(metavar="PACKAGE", help="A file from `make package` or from a release.")],
    former: Annotated[
        Path | None,
        typer.Option("--former", metavar="PACKAGE", help="What to go back to. Default: the package in place now."),
    ] = None,
    minutes: Annotated[
        float, typer.Option("--minutes", min=1, help="How long a package may take to show that it works.")
    ] = 10,
) -> int:
    """Put a package in place and check it. If it doesn't work, put the previous package back.

    A package works if its heartbeat arrives, a ping comes back from it, and the platform lists its functions by name.
    Each package has its own build, so nothing that's left from the previous package can pass a check.
    """
    package = Package.read(file)
    async with session.account() as account:
        checks = Checks(Azure(target.resource_group, target.name, account), account, minutes * _MINUTE)
        with tempfile.TemporaryDirectory() as folder:
            before = await former_package(checks, former, Path(folder))
            if before is None:
                screen.note("There's no package to go back to: this is the first one.")
            await roll_out(checks, package, before, screen.note)
    said = {"version": package.version, "build": package.build}
    screen.line(screen.as_json(said) if session.json else f"{package} works.")
    return Exit.GOOD
