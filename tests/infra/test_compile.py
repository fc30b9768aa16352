"""The compiler has nothing to say about any file."""

import shutil
from pathlib import Path

import pytest

from tests import ROOT
from tests.infra.compiler import NEEDS_COMPILER, compiler
from tests.infra.project import Project

pytestmark = NEEDS_COMPILER
FILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("infra/**/*.bicep"))


@pytest.mark.parametrize("path", FILES)
def test_the_compiler_accepts_the_file(path: str) -> None:
    """Each file compiles without an error, a warning or a hint, with all rules of the linter."""
    assert Project().template(path)[1] == []


@pytest.mark.parametrize("path", sorted(path.name for path in ROOT.glob("infra/*.bicepparam")))
def test_the_compiler_accepts_the_parameters(tmp_path: Path, path: str) -> None:
    """Each parameter file fits main.bicep."""
    shutil.copytree(ROOT / "infra", tmp_path / "infra")
    assert compiler().said_of_parameters(tmp_path / "infra" / path) == []
