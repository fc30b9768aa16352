"""The dev container, azd and the versions of Node.js: what they name exists, and they agree."""

import json
import re
from typing import Any

import yaml

from tests import ROOT
from tests.infra.test_workflows import jobs

AZD = yaml.safe_load((ROOT / "azure.yaml").read_text())
MAKEFILE = (ROOT / "Makefile").read_text()
PACKAGED = "dist/app.zip"


def container() -> dict[str, Any]:
    """Return the dev container's file, without its comments."""
    text = (ROOT / ".devcontainer/devcontainer.json").read_text()
    found: dict[str, Any] = json.loads("".join(line for line in text.splitlines() if not line.startswith("//")))
    return found


def feature(name: str) -> Any:  # noqa: ANN401  a feature's options
    """Return the options of one of the dev container's features."""
    [options] = [found for key, found in container()["features"].items() if f"/{name}:" in key]
    return options


def test_node_is_the_same_everywhere() -> None:
    """One version in workflows and the dev container, and one oldest version in the documentation."""
    steps = [step for job in jobs().values() for step in job["steps"] if "setup-node" in step.get("uses", "")]
    used = {step["with"]["node-version"] for step in steps} | {int(feature("node")["version"])}
    assert len(steps) == 3
    assert len(used) == 1
    oldest = json.loads((ROOT / "tools/develop/package.json").read_text())["engines"]["node"].removeprefix(">=")
    for file in ("README.md", "Makefile", "docs/deployment.md", "tools/develop/azurite.py"):
        assert set(re.findall(r"Node\.js (\d+)", (ROOT / file).read_text())) == {oldest}, file
    assert used.pop() >= int(oldest)


def test_the_dev_container_has_what_the_guide_needs() -> None:
    """Python, Azure CLI with Bicep, azd, and Functions Core Tools."""
    found = container()
    assert (ROOT / ".python-version").read_text().strip() in found["image"]
    assert feature("azure-cli")["installBicep"] is True
    assert feature("azd") == {}
    assert "azure-functions-core-tools@4" in found["postCreateCommand"]
    assert "make setup" in found["postCreateCommand"]


def test_azd_up_builds_the_package_and_deploys_it() -> None:
    """Nothing else is deployed: azd's own package would have no bytecode."""
    hook = AZD["hooks"]["preup"]
    assert hook["posix"] == {"shell": "sh", "run": "make package"}
    assert "tools.develop.package" in hook["windows"]["run"]
    assert re.search(r"^package:.*\n(\t.*\n)*\t@\$\(PYTHON\) -m tools\.develop\.package$", MAKEFILE, re.MULTILINE)
    [(service, options)] = AZD["services"].items()
    assert AZD["workflows"]["up"]["steps"] == [
        {"azd": "provision"},
        {"azd": f"deploy {service} --from-package {PACKAGED}"},
    ]
    assert (options["host"], options["remoteBuild"]) == ("function", False)


def test_azd_finds_what_it_creates_and_deploys_to() -> None:
    """The Bicep file is there, and tags the app with the service's name."""
    infra = AZD["infra"]
    assert (ROOT / infra["path"] / f"{infra['module']}.bicep").is_file()
    assert (ROOT / infra["path"] / f"{infra['module']}.bicepparam").is_file()
    [service] = AZD["services"]
    tags = [
        path for path in (ROOT / "infra").rglob("*.bicep") if f"'azd-service-name': '{service}'" in path.read_text()
    ]
    assert len(tags) == 1
