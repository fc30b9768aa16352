"""The workflows: pinned actions, least permissions, and values that reach the deployment."""

import re
from typing import Any

import pytest
import yaml

from tests import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
# Each job that may write, and what it may write.
WRITES = {
    "backup.backup": {"id-token"},
    "deploy.deploy": {"id-token"},
    "infra.what-if": {"id-token"},
    "release.build": {"attestations", "id-token"},
    "release.publish": {"contents"},
    "security.codeql": {"security-events"},
}


def jobs() -> dict[str, Any]:
    """Return every job, by `workflow.name`."""
    found = {}
    for path in WORKFLOWS:
        content = yaml.safe_load(path.read_text())
        assert content["permissions"] == {}, f"{path.name}: give permissions to jobs, not to the workflow"
        found |= {f"{path.stem}.{name}": job for name, job in content["jobs"].items()}
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned(path: Any) -> None:  # noqa: ANN401  # a path
    """Every action is pinned to a commit, with its version beside it."""
    lines = [line.strip(" -") for line in path.read_text().splitlines() if "uses:" in line]
    assert [line for line in lines if not PINNED.match(line)] == []


def test_one_commit_for_one_version() -> None:
    """An action is pinned to the same commit everywhere."""
    pins = {pin for path in WORKFLOWS for pin in re.findall(r"uses: ([\w-]+/[\w-]+)[^@]*@(\w+)", path.read_text())}
    assert len(pins) == len({name for name, _ in pins})


def test_jobs_have_the_least_permissions() -> None:
    """A job may write only what it needs to write."""
    found = {
        name: {right for right, level in job["permissions"].items() if level == "write"} for name, job in jobs().items()
    }
    assert {name: rights for name, rights in found.items() if rights} == WRITES


def test_jobs_end_and_keep_no_token() -> None:
    """Every job has a time limit, and no checkout keeps its token."""
    for name, job in jobs().items():
        assert job["timeout-minutes"] <= 45, name
        for step in job["steps"]:
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False, name


def test_no_secret_is_used() -> None:
    """Workflows sign in to Azure by federation, so none reads a secret."""
    assert [path.name for path in WORKFLOWS if "secrets." in path.read_text()] == []


def test_scripts_hold_no_expressions() -> None:
    """No script contains an expression. Values come in through the environment."""
    steps = [step for job in jobs().values() for step in job["steps"]]
    assert [step["name"] for step in steps if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize(("job", "name"), [("deploy.deploy", "Infrastructure"), ("infra.what-if", "What-if")])
def test_parameters_reach_the_deployment(job: str, name: str) -> None:
    """Every value that main.bicepparam reads from the environment is passed from GitHub's variables."""
    (step,) = [step for step in jobs()[job]["steps"] if step.get("name") == name]
    read = set(re.findall(r"readEnvironmentVariable\('(\w+)'", (ROOT / "infra/main.bicepparam").read_text()))
    assert {key for key, value in step["env"].items() if value == f"${{{{ vars.{key} }}}}"} >= read


def test_make_has_the_targets() -> None:
    """The Makefile has every target that a workflow runs."""
    used = {
        target
        for path in WORKFLOWS
        for target in re.findall(r"^\s+(?:- )?run: make (\w+)", path.read_text(), re.MULTILINE)
    }
    assert used
    assert used <= set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
