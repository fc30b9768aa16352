"""The script and graph.bicep grant the same Graph permissions, and the script can be run again."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from activities.settings import Settings
from tests import ROOT
from tests.infra.compiler import needs_compiler
from tests.infra.project import Project
from tests.infra.roles import GRAPH_PERMISSIONS
from tests.infra.test_documentation import requests_of_the_app, rows
from tools.operate.doctor.permissions import PERMISSIONS

pytestmark = needs_compiler

PRINCIPAL = "2f1d7f2e-7d3b-4a55-9c0e-0a6c7d1e5b42"
SCRIPT = ROOT / "infra/scripts/grant-graph-permissions.sh"
# An `az` that answers `az rest` from a file, which contains the identity's permissions.
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
    (["--no-self-initiated-courses"], {"selfInitiatedCourses": False}),
    (["--no-courses-by-external-id", "--people-by", "nothing"], {"coursesByExternalId": False, "peopleBy": "nothing"}),
    (["--people-by", "employeeId"], {"peopleBy": "employeeId"}),
]


class Directory:
    """A directory behind `az`, with one identity's permissions."""

    def __init__(self, folder: Path, python: str) -> None:
        self.folder, self.store = folder, folder / "grants.json"
        self.store.write_text("[]")
        (folder / "az").write_text(AZ.format(python=python, store=str(self.store)))
        (folder / "az").chmod(0o755)

    @property
    def grants(self) -> list[str]:
        """Return the ids of the permissions that the identity has."""
        ids: list[str] = json.loads(self.store.read_text())
        return ids

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script on this directory."""
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"}
        command = ["bash", str(SCRIPT), *arguments]
        return subprocess.run(command, env=environment, text=True, capture_output=True, check=False)


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """Return a directory in which the identity has no permissions yet."""
    return Directory(tmp_path, sys.executable)


@pytest.mark.parametrize(("options", "given"), CHOICES)
def test_script_and_bicep_grant_the_same(directory: Directory, options: list[str], given: dict[str, object]) -> None:
    """The same choices grant the same permissions."""
    assert directory.run(PRINCIPAL, *options).returncode == 0
    assert directory.grants == Project().permissions(principalId=PRINCIPAL, **given)


def test_the_script_can_run_again(directory: Directory) -> None:
    """A second run grants only what's missing, and says so."""
    directory.run(PRINCIPAL, "--people-by", "nothing")
    before = directory.grants
    again = directory.run(PRINCIPAL, "--people-by", "nothing")
    assert (again.returncode, directory.grants) == (0, before)
    assert again.stdout.split()[::2] == ["present"] * 3
    assert directory.run(PRINCIPAL).stdout.splitlines()[-1] == "granted  User.ReadBasic.All"


def test_what_if_changes_nothing(directory: Directory) -> None:
    """With --what-if, the script only says what's missing."""
    assert directory.run(PRINCIPAL, "--what-if").stdout.count("missing") == 4
    assert directory.grants == []


@pytest.mark.parametrize("arguments", [[], ["not-an-id"], [PRINCIPAL, "--people-by", "all"], [PRINCIPAL, "--more"]])
def test_the_script_refuses_wrong_arguments(directory: Directory, arguments: list[str]) -> None:
    """Wrong arguments grant nothing and show how to call the script."""
    refused = directory.run(*arguments)
    assert (refused.returncode, directory.grants) == (2, [])
    assert refused.stderr.startswith("usage: ")


TABLE = rows((ROOT / "docs/deployment.md").read_text(), "permissions")
NAMED = {permission.strip("`"): row for permission, *row in TABLE}


def test_the_table_has_every_permission_and_what_needs_it() -> None:
    """The table has each permission and each kind of request, and names settings that exist, as the doctor does."""
    assert list(NAMED) == list(GRAPH_PERMISSIONS.values())
    assert {name for _, requests, *_ in NAMED.values() for name in re.findall(r"`([^`]+)`", requests)} == (
        requests_of_the_app()
    )
    settings = {str(field.alias) for field in Settings.model_fields.values()}
    assert {name for serves, *_ in NAMED.values() for name in re.findall(r"`([A-Z_]+)`", serves)} <= settings
    assert list(PERMISSIONS.items()) == [(name, guid) for guid, name in GRAPH_PERMISSIONS.items()]


@pytest.mark.parametrize("permission", NAMED)
def test_the_table_says_how_to_leave_it_out(directory: Directory, permission: str) -> None:
    """The table is right about graph.bicep and the script: what grants the permission, and what leaves it out."""
    *_, bicep, script = NAMED[permission]
    (guid,) = [guid for guid, name in GRAPH_PERMISSIONS.items() if name == permission]
    by_default = bicep.startswith(("always", "unless"))
    assert (guid in Project().permissions(principalId=PRINCIPAL)) == by_default
    if bicep != "always":
        name, value = re.findall(r"`(\w+)=(\w+)`", bicep)[0]
        given = {name: False if value == "false" else value}
        assert (guid in Project().permissions(principalId=PRINCIPAL, **given)) != by_default
    directory.run(PRINCIPAL, *re.findall(r"`([^`]+)`", script)[0].split() if "`" in script else [])
    assert (guid in directory.grants) == (script == "always" or script.startswith("with"))


def test_least_permissions_by_default() -> None:
    """By default, the app can't read anybody's full profile."""
    names = [GRAPH_PERMISSIONS[guid] for guid in Project().permissions(principalId=PRINCIPAL)]
    assert "User.Read.All" not in names
