"""The real Bicep compiler accepts the files, where it is installed."""

import os
import shutil
import subprocess

import pytest

from tests.infra.project import ENVIRONMENT, ROOT

COMPILER = shutil.which("bicep")
FILES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "infra").glob("*.bicep*") if path.suffix != ".json")


@pytest.mark.skipif(COMPILER is None, reason="no Bicep compiler on the PATH")
@pytest.mark.parametrize("path", FILES)
def test_the_compiler_accepts_the_file(path: str) -> None:
    """Each file compiles without a warning."""
    verb = "build-params" if path.endswith("param") else "build"
    command = [str(COMPILER), verb, path, "--stdout"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **ENVIRONMENT}, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
