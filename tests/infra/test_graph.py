"""The script and graph.bicep grant the same Graph permissions, and the script can be run again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.infra.compiler import NEEDS_COMPILER
from tests.infra.project import Project
from tests.infra.roles import GRAPH_PERMISSIONS

pytestmark = NEEDS_COMPILER

PRINCIPAL = "2f1d7f2e-7d3b-4a55-9c0e-0a6c7d1e5b42"
SCRIPT = ROOT / "infra/scripts/grant-graph-permissions.sh"
# An `az` that answers `az rest` from a file, which holds the permissions of the identity.
AZ = """#!{python}
import json, pathlib, sys
grants = pathlib.Path({store!r})
present = json.loads(grants.read_text())
options = dict(zip(sys.argv[2::2], sys.argv[3::2]))
if options["--method"] == "POST":
    body = json.loads(options["--body"])
    assert options["--url"].endswith(f"/servicePrincipals/{{body['principalId']}}/appRoleAssignments"), options
    assert body["appRoleId"] not in present, "Graph refuses a permission that is already granted"
    grants.write_text(json.dumps([*present, body["appRoleId"]]))
elif "appRoleAssignments" in options["--url"]:
    print("\\n".join(present))
else:
    print("graph-object-id")
"""
CHOICES = [
    ([], {}),
    (["--no-self-initiated"], {"selfInitiated": False}),
    (["--no-content-lookup", "--user-lookup", "none"], {"contentLookup": False, "userLookup": "none"}),
    (["--user-lookup", "full"], {"userLookup": "full"}),
]


class Directory:
    """A directory behind `az`, with the permissions of one identity."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder, self.store = folder, folder / "grants.json"
        self.store.write_text("[]")
        (folder / "az").write_text(AZ.format(python=python, store=str(self.store)))
        (folder / "az").chmod(0o755)

    @property
    def grants(self) -> list[str]:
        """The ids of the permissions that the identity has."""
        ids: list[str] = json.loads(self.store.read_text())
        return ids

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script on this directory."""
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"}
        command = ["bash", str(SCRIPT), *arguments]
        return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """A directory in which the identity has no permissions yet."""
    return Directory(tmp_path, sys.executable)


@pytest.mark.parametrize(("options", "given"), CHOICES)
def test_script_and_bicep_grant_the_same(directory: Directory, options: list[str], given: dict[str, object]) -> None:
    """The same choices grant the same permissions."""
    assert directory.run(PRINCIPAL, *options).returncode == 0
    assert directory.grants == Project().permissions(principalId=PRINCIPAL, **given)


def test_the_script_can_run_again(directory: Directory) -> None:
    """A second run grants only what is missing, and says so."""
    directory.run(PRINCIPAL, "--user-lookup", "none")
    before = directory.grants
    again = directory.run(PRINCIPAL, "--user-lookup", "none")
    assert (again.returncode, directory.grants) == (0, before)
    assert again.stdout.split()[::2] == ["present"] * 3
    assert directory.run(PRINCIPAL).stdout.splitlines()[-1] == "granted  User.ReadBasic.All"


def test_what_if_changes_nothing(directory: Directory) -> None:
    """With --what-if, the script only says what is missing."""
    assert directory.run(PRINCIPAL, "--what-if").stdout.count("missing") == 4
    assert directory.grants == []


@pytest.mark.parametrize("arguments", [[], ["not-an-id"], [PRINCIPAL, "--user-lookup", "all"], [PRINCIPAL, "--more"]])
def test_the_script_refuses_wrong_arguments(directory: Directory, arguments: list[str]) -> None:
    """Wrong arguments grant nothing and show how to call the script."""
    refused = directory.run(*arguments)
    assert (refused.returncode, directory.grants) == (2, [])
    assert refused.stderr.startswith("usage: ")


def test_least_permissions_by_default() -> None:
    """By default, the app cannot read anybody's full profile."""
    names = [GRAPH_PERMISSIONS[guid] for guid in Project().permissions(principalId=PRINCIPAL)]
    assert "User.Read.All" not in names
