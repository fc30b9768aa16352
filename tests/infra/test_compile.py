"""The real Bicep compiler accepts the files, and sees in them what these tests see, where it is installed."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infra.project import ENVIRONMENT, OFFICERS, REQUIRED, ROOT, SITE, VAULT, WEBHOOKS, Project, settings

COMPILER = shutil.which("bicep")
FILES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "infra").glob("*.bicep*") if path.suffix != ".json")
ZERO = "00000000-0000-4000-8000-000000000000"
WHERE = ("--subscription-id", ZERO, "--tenant-id", ZERO, "--resource-group", "rg", "--location", "westeurope")
UNIQUE = "<uniqueString(<resourceGroup().id>, dev)>"
PRIVATE = {**REQUIRED, "privateNetwork": True, "vaultOfficersGroupId": OFFICERS}

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no Bicep compiler on the PATH")


@needs_compiler
@pytest.mark.parametrize("path", FILES)
def test_the_compiler_accepts_the_file(path: str) -> None:
    """Each file compiles without a warning."""
    verb = "build-params" if path.endswith("param") else "build"
    command = [str(COMPILER), verb, path, "--stdout"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **ENVIRONMENT}, text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs_compiler
@pytest.mark.parametrize("given", [PRIVATE, {**PRIVATE, **WEBHOOKS}], ids=["no webhooks", "webhooks"])
def test_the_compiler_sees_the_same(tmp_path: Path, given: dict[str, object]) -> None:
    """The compiler evaluates the files to the same resources, app settings and vault as these tests do."""
    predicted = snapshot(tmp_path, given)
    deployed = Project().deployed(given)
    ours = [made for made in deployed.resources if not made.existing]
    assert sorted(made["type"] for made in predicted) == sorted(made.type for made in ours)
    (config,) = (made["properties"] for made in predicted if made["type"] == f"{SITE}/config")
    token = config["AzureWebJobsStorage__accountName"].removeprefix("st")
    assert known(config, settings(deployed), token) == known(settings(deployed), settings(deployed), token)
    vaults = [made["properties"] for made in predicted if made["type"] == VAULT]
    for vault, declared in zip(vaults, deployed.of_type(VAULT), strict=True):
        assert known(vault, declared.properties, token) == known(declared.properties, declared.properties, token)


def known(values: dict[str, Any], ours: dict[str, Any], token: str) -> dict[str, Any]:
    """The values without those that only Azure knows, which are in angle brackets in ours. The token is filled in."""
    azure = {name for name, value in ours.items() if "<" in str(value).replace(UNIQUE, token)}
    return {
        name: value.replace(UNIQUE, token) if isinstance(value, str) else value
        for name, value in values.items()
        if name not in azure
    }


def snapshot(folder: Path, given: dict[str, object]) -> list[dict[str, Any]]:
    """The resources that the compiler predicts for these parameters."""
    file = folder / "given.bicepparam"
    values = "".join(f"param {name} = json('{json.dumps(value)}')\n" for name, value in given.items())
    file.write_text(f"using '{os.path.relpath(ROOT / 'infra/main.bicep', folder)}'\n{values}")
    command = [str(COMPILER), "snapshot", str(file), "--mode", "overwrite", *WHERE, "--deployment-name", "main"]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    predicted = json.loads(file.with_suffix(".snapshot.json").read_text())
    assert predicted["diagnostics"] == []
    resources: list[dict[str, Any]] = predicted["predictedResources"]
    return resources
