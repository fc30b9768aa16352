"""The compiler has nothing to say about any file."""

import json
import shutil
from pathlib import Path

import pytest

from tests import ROOT
from tests.infra.compiler import compiler, needs_compiler
from tests.infra.project import Project

pytestmark = needs_compiler
FILES = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("infra/**/*.bicep"))


def test_no_rule_of_the_linter_is_off() -> None:
    """Every rule that the configuration names is a warning or an error, even if it's off by default."""
    rules = json.loads((ROOT / "infra/bicepconfig.json").read_text())["analyzers"]["core"]["rules"]
    levels = {name: rule["level"] for name, rule in rules.items()}
    assert set(levels.values()) <= {"warning", "error"}
    assert levels.keys() >= {
        "explicit-values-for-loc-params",
        "no-hardcoded-location",
        "no-loc-expr-outside-params",
        "no-module-name",
        "use-recent-api-versions",
        "use-recent-module-versions",
        "use-resource-id-functions",
        "use-user-defined-types",
        "what-if-short-circuiting",
    }


@pytest.mark.parametrize("path", FILES)
def test_the_compiler_accepts_the_file(path: str) -> None:
    """Each file compiles without an error, a warning or a hint, with all of the linter's rules."""
    assert Project().template(path)[1] == []


@pytest.mark.parametrize("path", sorted(path.name for path in ROOT.glob("infra/*.bicepparam")))
def test_the_compiler_accepts_the_parameters(tmp_path: Path, path: str) -> None:
    """Each parameter file fits main.bicep."""
    shutil.copytree(ROOT / "infra", tmp_path / "infra")
    assert compiler().said_of_parameters(tmp_path / "infra" / path) == []
