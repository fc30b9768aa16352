"""A platform on this machine: it runs packages in the local host, as Azure runs them in its own."""

import os
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests import ROOT
from tools.develop.host.options import SCHEDULE
from tools.develop.host.process import HostProcess, embedded
from tools.develop.package import archive, copy_app, stamp
from tools.operate.deploy.package import Package


class Local:
    """Runs one package at a time, whose heartbeat comes every second.

    Its list of functions is that of the last package in which the host found any.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.put_builds: list[str] = []
        self.running: HostProcess | None = None
        self._folder = folder
        self._environment = {"PATH": os.environ["PATH"], SCHEDULE: "* * * * * *", **environment}
        self._package: Path | None = None
        self._listed: frozenset[str] = frozenset()

    async def former(self, file: Path) -> bool:
        """Copy what was put last."""
        if self._package is None:
            return False
        shutil.copy(self._package, file)
        return True

    async def put(self, package: Path) -> None:
        """Stop what runs, and start a host from the files of the package; nobody waits until it is ready."""
        await self.functions()
        await self.stop()
        self.put_builds.append(Package.read(package).build)
        name = f"host-{len(self.put_builds)}"
        self._package = shutil.copy(package, self._folder / f"{name}.zip")
        with zipfile.ZipFile(package) as file:
            file.extractall(self._folder / name)
        self.running = embedded(self._folder / name, self._environment, self._folder, name)

    async def functions(self) -> frozenset[str]:
        """Return what the log of the host lists."""
        if self.running is not None:
            self._listed = frozenset(self.running.functions()) or self._listed
        return self._listed

    async def stop(self) -> None:
        """Stop what runs."""
        if self.running is not None:
            await self.running.stop(10)


def packed(folder: Path, name: str, change: Callable[[Path], None] = lambda _: None) -> Package:
    """Make a package of this checkout, without wheels.

    Args:
        folder: where it is made.
        name: of the zip file. It is a source of the package too, so that each is another build.
        change: what is different in its files.
    """
    app = folder / name
    copy_app(ROOT, app)
    (app / "activities" / "named.txt").write_text(name)
    change(app)
    stamp(app)
    archive(app, folder / f"{name}.zip")
    return Package.read(folder / f"{name}.zip")


def edited(file: Path, old: str, new: str) -> None:
    """Replace a text in a file, where it is once."""
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))
