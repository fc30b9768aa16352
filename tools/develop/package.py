"""Build the package that's deployed: the app and the wheels from requirements.txt, with their bytecode.

    python -m tools.develop.package [--folder dist]

It makes `<folder>/app` and its zip file, `<folder>/app.zip`, for Python 3.13 on Linux (x64). Nothing is built in Azure.
Python never compares the bytecode with its sources (PEP 552, unchecked hashes). So the bytecode isn't stale if copying
or archiving changes the files' times. Without bytecode, every process would compile the libraries when it starts. The
same sources, Python and wheels give the same bytes, whatever the folder. The package says which build it is. If a
source or a wheel changes, so does the build.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ("function_app.py", "host.json", "requirements.txt")
PACKAGES = Path(".python_packages/lib/site-packages")
# The file and the line that say which build this is. The heartbeat reports it.
PRODUCT, CHECKOUT = Path("activities/__init__.py"), 'BUILD = "checkout"'
# Where Azure puts the app.
WWWROOT = "/home/site/wwwroot"
# A system with glibc 2.28 can use any of these.
_PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
_NOW = (1980, 1, 1, 0, 0, 0)


def build(folder: Path, wheels: Path | None = None) -> Path:
    """Build the package in a folder, and return the app's folder. An app that was there before is deleted.

    Args:
        folder: where to make `app` and `app.zip`.
        wheels: an archive of an app that holds only the result of `add_wheels`. It goes into `app.zip` as it is, and
            `app` gets no wheels then.
    """
    app = folder / "app"
    shutil.rmtree(app, ignore_errors=True)
    copy_app(ROOT, app)
    stamp(app)
    compile_all(app, WWWROOT)
    if wheels is None:
        add_wheels(app)
    archive(app, folder / "app.zip", wheels)
    return app


def copy_app(source: Path, app: Path) -> None:
    """Copy the sources that are deployed, without the wheels."""
    app.mkdir(parents=True)
    for name in FILES:
        shutil.copy(source / name, app)
    shutil.copytree(source / "activities", app / "activities", ignore=shutil.ignore_patterns("__pycache__"))


def add_wheels(app: Path) -> None:
    """Install the locked wheels into an app, and compile them."""
    install(app / PACKAGES)
    compile_all(app / PACKAGES, f"{WWWROOT}/{PACKAGES}")


def install(target: Path) -> None:
    """Install the locked wheels, without the files that depend on this machine."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--python-version=3.13"]
    command += ["--implementation=cp", "--abi=cp313", "--abi=abi3", "--abi=none"]
    command += [f"--platform={name}" for name in _PLATFORMS]
    subprocess.run([*command, f"--target={target}", f"--requirement={ROOT / FILES[-1]}"], check=True)
    # Scripts begin with this Python's path, and RECORD has their hashes.
    shutil.rmtree(target / "bin", ignore_errors=True)
    for record in target.glob("*.dist-info/RECORD"):
        record.unlink()


def stamp(app: Path) -> str:
    """Write the build into an app that has no wheels yet, and return it.

    The build is a hash of the app's files. They include requirements.txt, which pins the wheels.

    Raises:
        ValueError: the app has no line for it, or already has a build.
    """
    found = hashlib.sha256()
    for path in _files(app):
        name, content = path.relative_to(app).as_posix().encode(), path.read_bytes()
        found.update(b"%d %d %b%b" % (len(name), len(content), name, content))
    build = found.hexdigest()[:16]
    text = (app / PRODUCT).read_text(encoding="utf-8")
    if text.count(CHECKOUT) != 1:
        raise ValueError(f"{PRODUCT} doesn't have the line {CHECKOUT}")
    (app / PRODUCT).write_text(text.replace(CHECKOUT, f'BUILD = "{build}"'), encoding="utf-8")
    return build


def compile_all(folder: Path, place: str) -> None:
    """Compile every module in a folder to bytecode. `place` is where the folder will be, as stack traces show it.

    Raises:
        subprocess.CalledProcessError: a module doesn't compile.
    """
    command = [sys.executable, "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash"]
    # Sets among the constants are written in the order of their items' hashes.
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    subprocess.run([*command, "-s", str(folder), "-p", place, str(folder)], check=True, env=environment)


def archive(app: Path, target: Path, first: Path | None = None) -> None:
    """Write a folder's files to a zip file, sorted and without their times.

    Args:
        app: the folder.
        target: the zip file.
        first: another zip file, whose files come first. Copying it is faster than compressing its files again.
    """
    if first is not None:
        shutil.copyfile(first, target)
    with zipfile.ZipFile(target, "w" if first is None else "a", zipfile.ZIP_DEFLATED) as written:
        for path in _files(app):
            entry = zipfile.ZipInfo(path.relative_to(app).as_posix(), _NOW)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            written.writestr(entry, path.read_bytes())


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folder", type=Path, default=ROOT / "dist", help="where to build it")
    folder = parser.parse_args().folder.resolve()
    build(folder)
    size = (folder / "app.zip").stat().st_size / 2**20
    print(f"{folder / 'app.zip'}: {size:.0f} MB")


if __name__ == "__main__":
    main()
