"""Runs the mutants: `python -m tests.traces.mutate [word ...]`, or `make mutants`."""

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
FILES = ("pyproject.toml", "function_app.py", "host.json", "requirements.txt")
SECONDS = 120
_ASSERTION = "AssertionError: "


def mutated(mutant: Mutant) -> dict[str, str]:
    """Return the new text of each file that a mutant changes, by file name.

    Raises:
        LookupError: a text that the mutant replaces doesn't occur exactly once in its file.
    """
    texts: dict[str, str] = {}
    for edit in mutant.edits:
        text = texts.get(edit.file) or (ROOT / "activities" / edit.file).read_text()
        found = text.count(edit.old)
        if found != 1:
            raise LookupError(f"{mutant.name}: {edit.file} has this {found} times, not once: {edit.old!r}")
        texts[edit.file] = text.replace(edit.old, edit.new)
    return texts


def copy(root: Path) -> None:
    """Copy what the traces need to `root`, and link to what's installed."""
    skipped = shutil.ignore_patterns("node_modules", "__pycache__")
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=skipped)
    for name in FILES:
        shutil.copy(ROOT / name, root)
    (root / "tools/develop/node_modules").symlink_to(ROOT / "tools/develop/node_modules")


def run(root: Path, test: str) -> str:
    """Run a test in its own process, with the product at `root`, and return what pytest prints."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--show-capture=no", "--tb=short"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    try:
        return subprocess.run(
            [*command, test],
            cwd=root,
            env={**inherited, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        ).stdout
    except subprocess.TimeoutExpired:
        return f"still running after {SECONDS} seconds"


def problem(mutant: Mutant) -> str:
    """Run a mutant's test. Return what's wrong if it didn't fail as it should, and otherwise an empty text."""
    try:
        texts = mutated(mutant)
    except LookupError as error:
        return str(error)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy(root)
        for name, text in texts.items():
            (root / "activities" / name).write_text(text)
        printed = run(root, mutant.path)
    # Pytest sometimes leaves out the error's name, depending on the quotation marks in what follows.
    end = mutant.end.removeprefix(_ASSERTION)
    found = any(f"\nE   {prefix}{end}" in printed for prefix in ("", _ASSERTION))
    return "" if found else f"{mutant.name}: not {mutant.end!r} but\n{printed[-3000:]}"


def main() -> int:
    """Run all mutants, as many at a time as there are processors. Return 0 if the tests catch every one.

    Words on the command line choose the mutants whose name contains one of them.
    """
    chosen = [one for one in MUTANTS if not sys.argv[1:] or any(word in one.name for word in sys.argv[1:])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = []
        for mutant, wrong in zip(chosen, pool.map(problem, chosen), strict=True):
            print("MISSED" if wrong else "caught", mutant.name, flush=True)  # noqa: T201  a command prints
            problems += [wrong] if wrong else []
    print("\n".join(problems))  # noqa: T201  a command prints
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
