"""The deployed package, unpacked outside any checkout, and a worker that uses nothing from the checkout.

In Azure, the platform's worker runs the app: Python, the worker's own libraries, and the host. Here it is this Python
without its installed packages, and copies of the local host and the worker runtime in a separate folder.
"""

import fcntl
import hashlib
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path

from tests import ROOT
from tools.develop.host.process import Worker
from tools.develop.package import FILES, add_wheels, archive, build, copy_app, stamp

# Builds are kept until their sources change. The wheels take half a minute to build and rarely change.
CACHE = ROOT / ".local"
# What the worker has and the app doesn't: its runtime, and what the local host needs.
RUNTIME = ("azure-functions-runtime", "azurefunctions-extensions-base", "croniter", "python-dateutil")
# The program that the worker starts. It logs which files Python opens and which libraries it loads.
RECORDED = """
import os, runpy, sys
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def note(event, arguments):
    path = arguments[0] if event == "open" else arguments[1] if event == "import" else None
    if isinstance(path, str):
        os.write(log, os.path.abspath(path).encode() + b"\\n")
sys.addaudithook(note)
del sys.argv[1]
runpy.run_module("tools.develop.host", run_name="__main__", alter_sys=True)
"""


def package(scratch: Path) -> Path:
    """Return this checkout's `app.zip`. Build it if it isn't built yet, in one process at a time."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "building").open("w") as building:
        fcntl.flock(building, fcntl.LOCK_EX)
        return _package(scratch)


def _package(scratch: Path) -> Path:
    lock = hashlib.sha256(sys.version.encode())
    for file in (FILES[-1], "tools/develop/package.py"):
        lock.update((ROOT / file).read_bytes())
    wheels = CACHE / f"wheels-{lock.hexdigest()[:16]}"
    if not wheels.is_dir():
        (scratch / "wheels").mkdir()
        add_wheels(scratch / "only-wheels")
        archive(scratch / "only-wheels", scratch / "wheels/wheels.zip")
        shutil.rmtree(scratch / "only-wheels")
        _keep(scratch / "wheels", wheels)
    copy_app(ROOT, scratch / "sources")
    built = CACHE / f"package-{stamp(scratch / 'sources')}-{lock.hexdigest()[:16]}"
    if not built.is_dir():
        shutil.rmtree(build(scratch / "package", wheels / "wheels.zip"))
        _keep(scratch / "package", built)
    return built / "app.zip"


def worker(folder: Path, log: Path) -> Worker:
    """Make a worker in a folder. It writes the paths that it opens and loads to `log`, one per line."""
    for name in RUNTIME:
        for file in distribution(name).files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                _copy(Path(str(file.locate())), folder / file)
    for file in (ROOT / "tools/develop/host").glob("*.py"):
        _copy(file, folder / file.relative_to(ROOT))
    for name in ("tools/__init__.py", "tools/develop/__init__.py"):
        _copy(ROOT / name, folder / name)
    (folder / "recorded.py").write_text(RECORDED)
    # Without this Python's installed packages (-S), and without the folder that it starts in (-P).
    return Worker([sys._base_executable, "-S", "-P", "-m", "recorded", str(log)], str(folder))  # noqa: SLF001  no other name


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _keep(made: Path, target: Path) -> None:
    """Move a finished build to its place in one step, and delete the earlier builds of its kind."""
    for former in target.parent.glob(f"{target.name.partition('-')[0]}-*"):
        shutil.rmtree(former)
    shutil.move(made, target)
