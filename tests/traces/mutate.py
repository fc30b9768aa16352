"""Runs the mutants: `python -m tests.traces.mutate`, or `make mutants`."""

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests import ROOT
from tests.traces.mutants import MUTANTS, Mutant

COPIED = ("activities", "tests", "tools")
SECONDS = 120


def mutated(mutant: Mutant) -> dict[str, str]:
    """Texts of the product's files as the mutant has them, by name.

    Raises:
        LookupError: a text that it replaces is not there exactly once.
    """
    texts: dict[str, str] = {}
    for edit in mutant.edits:
        text = texts.get(edit.file) or (ROOT / "activities" / edit.file).read_text()
        found = text.count(edit.old)
        if found != 1:
            raise LookupError(f"{mutant.name}: {edit.file} has this {found} times instead of once: {edit.old!r}")
        texts[edit.file] = text.replace(edit.old, edit.new)
    return texts


def copy(root: Path) -> None:
    """Copy what the traces need to `root`; what is installed is linked."""
    skipped = shutil.ignore_patterns("node_modules", "__pycache__")
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / "tools/develop/node_modules").symlink_to(ROOT / "tools/develop/node_modules")


def run(root: Path, trace: str) -> str:
    """Run a trace against the product at `root`, in a process of its own; return what pytest says."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--show-capture=no", "--tb=short"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    return subprocess.run(
        [*command, f"tests/traces/{trace}"],
        cwd=root,
        env={**inherited, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    ).stdout


def complaint(mutant: Mutant) -> str:
    """Say how the trace took this mutant, if it did not end as it should."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy(root)
        for name, text in mutated(mutant).items():
            (root / "activities" / name).write_text(text)
        said = run(root, mutant.trace)
    return "" if f"\nE   {mutant.end}" in said else f"{mutant.name}: not {mutant.end!r} but\n{said[-3000:]}"


def main() -> int:
    """Run all mutants, as many at a time as there are processors; 0 if the traces noticed each."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = []
        for mutant, wrong in zip(MUTANTS, pool.map(complaint, MUTANTS), strict=True):
            print("MISSED" if wrong else "caught", mutant.name, flush=True)  # noqa: T201  what people run prints
            complaints += [wrong] if wrong else []
    print("\n".join(complaints))  # noqa: T201  the same
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
