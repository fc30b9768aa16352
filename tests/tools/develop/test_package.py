"""The package that's deployed."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import ROOT
from tools.develop.package import CHECKOUT, FILES, PACKAGES, PRODUCT, WWWROOT, archive, compile_all, copy_app, stamp

# PEP 552: the second word of the bytecode. It's hash-based, and never compared with the source.
UNCHECKED = (1).to_bytes(4, "little")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Make a small app with a library, compiled."""
    return made(tmp_path / "app")


def made(folder: Path) -> Path:
    """Create the small app in a folder."""
    library = folder / PACKAGES / "library"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text('NAMES = {"one", "two", "three"} if len("x") else {}\nTEXT = "one"\n')
    (folder / "activities").mkdir()
    (folder / PRODUCT).write_text(f"{CHECKOUT}\n")
    (folder / "function_app.py").write_text('def where():\n    return __name__ in {"a", "b", "c"}\n')
    stamp(folder)
    compile_all(folder, WWWROOT)
    return folder


def bytecode(source: Path) -> bytes:
    """Return a module's bytecode."""
    return Path(importlib.util.cache_from_source(str(source))).read_bytes()


def test_every_module_has_bytecode_that_is_never_stale(app: Path) -> None:
    """Python doesn't compile again, even if an archive or a copy changes the files' times."""
    sources = list(app.rglob("*.py"))
    assert len(sources) == 3
    assert {bytecode(source)[4:8] for source in sources} == {UNCHECKED}
    assert f"{WWWROOT}/function_app.py".encode() in bytecode(app / "function_app.py")


def test_the_same_sources_make_the_same_bytes(app: Path, tmp_path: Path) -> None:
    """It doesn't matter where and when a package is built."""
    other = made(tmp_path / "elsewhere" / "app")
    for name, folder in (("one", app), ("other", other)):
        archive(folder, tmp_path / f"{name}.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as written:
        assert sorted(written.namelist()) == written.namelist()
        assert {entry.date_time for entry in written.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_wheels_that_were_packed_before_make_the_same_bytes(app: Path, tmp_path: Path) -> None:
    """Tests pack the wheels once. Their package is still what `make package` makes, byte by byte."""
    whole, wheels, together = (tmp_path / f"{name}.zip" for name in ("whole", "wheels", "together"))
    archive(app, whole)
    only_wheels = tmp_path / "only-wheels"
    (only_wheels / PACKAGES.parent).mkdir(parents=True)
    (app / PACKAGES).rename(only_wheels / PACKAGES)
    archive(only_wheels, wheels)
    archive(app, together, wheels)
    assert together.read_bytes() == whole.read_bytes()


def test_another_source_makes_another_build(tmp_path: Path) -> None:
    """The same sources make the same build, wherever they are. The files' names and the lock count too."""

    def copied(name: str) -> Path:
        copy_app(ROOT, tmp_path / name)
        return tmp_path / name

    build = stamp(copied("one"))
    assert stamp(copied("same")) == build
    assert f'BUILD = "{build}"\n' in (tmp_path / "one" / PRODUCT).read_text()
    (copied("renamed") / "host.json").rename(tmp_path / "renamed" / "other.json")
    with (copied("locked") / "requirements.txt").open("a") as file:
        file.write("another==1\n")
    assert len({build, stamp(tmp_path / "renamed"), stamp(tmp_path / "locked")}) == 3
    with pytest.raises(ValueError, match="BUILD"):
        stamp(tmp_path / "one")


def test_a_module_that_does_not_compile_is_an_error(app: Path) -> None:
    """Such a package would fail in Azure."""
    (app / "broken.py").write_text("def")
    with pytest.raises(subprocess.CalledProcessError):
        compile_all(app, WWWROOT)


def test_the_app_is_copied_whole_and_nothing_else(tmp_path: Path) -> None:
    """That includes format files, which aren't modules, and excludes bytecode from the developer's machine."""
    copy_app(ROOT, tmp_path / "app")
    assert {path.name for path in (tmp_path / "app").iterdir()} == {*FILES, "activities"}
    copied = {path.relative_to(tmp_path / "app") for path in (tmp_path / "app/activities").rglob("*") if path.is_file()}
    there = {path.relative_to(ROOT) for path in (ROOT / "activities").rglob("*") if path.is_file()}
    assert copied == {path for path in there if "__pycache__" not in path.parts}


def test_the_builder_needs_nothing_but_python() -> None:
    """A workflow builds the package without the developers' environment."""
    program = "import sys, tools.develop.package; print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {json.dumps(str(ROOT))}); {program}"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "tools.develop.package" in loaded
