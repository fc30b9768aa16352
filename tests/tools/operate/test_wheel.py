"""Operators don't need a clone: the wheel has everything that the command line needs, and no tests."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests import ROOT

PROGRAM = "from tools.operate.__main__ import main; main()"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as if it were installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    with zipfile.ZipFile(built) as packed:
        packed.extractall(folder / "installed")
    return folder / "installed"


def test_it_has_the_product_and_the_commands_of_operators(wheel: Path) -> None:
    """The wheel has no tests, and nothing that only developers need."""
    assert {path.name for path in wheel.iterdir() if path.suffix != ".dist-info"} == {"activities", "tools"}
    assert {path.name for path in (wheel / "tools").iterdir()} == {"__init__.py", "operate"}
    [points] = wheel.glob("*.dist-info/entry_points.txt")
    assert "lms-sync = tools.operate.__main__:main" in points.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version"], "0."),
        (["--help"], "dead-letters"),
        (["schema"], (ROOT / "docs/event.schema.json").read_text(encoding="utf-8")),
        (["validate", str(ROOT / "docs/examples/assignment.json")], "1  understood"),
        (["formats", "try", str(ROOT / "tests/events/docebo/assigned.json")], "messages: 1"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_it_runs_anywhere(wheel: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    """The command line runs outside of a clone, from the wheel alone."""
    environment = os.environ | {"PYTHONPATH": str(wheel)}
    ran = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in ran.stdout
