"""Compile `pyproject.toml` into the two lock files, or check that the lock files match it.

`requirements.txt` is what's installed in Azure, and `requirements-dev.txt` what's installed on developers' machines. A
package that's in both has the same version. Both have hashes, and are compiled for Python 3.13 on Linux.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--quiet",
    "--generate-hashes",
    "--no-header",
    "--no-emit-index-url",
    "--python-version=3.13",
    "--python-platform=x86_64-manylinux_2_28",
]


def compile_into(folder: Path) -> None:
    """Compile both lock files into `folder`. If they're already there, their versions are kept."""
    for name, more in {
        "requirements.txt": [],
        "requirements-dev.txt": ["--group=dev", "--extra=operate", f"--constraints={folder / 'requirements.txt'}"],
    }.items():
        uv = str(Path(sys.executable).with_name("uv"))
        target = folder / name
        command = [
            uv,
            "pip",
            "compile",
            "pyproject.toml",
            *FLAGS,
            *more,
            "--no-annotate",
            f"--output-file={target}",
        ]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def drifted() -> list[str]:
    """Return the names of the lock files that don't match `pyproject.toml`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        names = ["requirements.txt", "requirements-dev.txt"]
        for name in names:
            shutil.copy(ROOT / name, folder)
        compile_into(folder)
        return [name for name in names if (folder / name).read_text() != (ROOT / name).read_text()]


def main() -> int:
    """Run the command line. Return 1 if `--check` finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if a lock file is stale")
    if parser.parse_args().check:
        stale = drifted()
        for name in stale:
            print(f"{name} doesn't match pyproject.toml: run `make lock`")
        return 1 if stale else 0
    compile_into(ROOT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
