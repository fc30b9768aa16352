"""The deployment guide names what exists: each output, parameter, role, variable, command and file."""

import re
from collections.abc import Iterator

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from tests import ROOT
from tests.infra.compiler import needs_compiler
from tests.infra.deployer import ADMINISTRATORS
from tests.infra.project import STORAGE, Project
from tests.infra.roles import AZURE_ROLES
from tests.infra.test_documentation import rows
from tools.operate.cli import command_line

pytestmark = needs_compiler
GUIDE = (ROOT / "docs/deployment.md").read_text()
# The guide's commands, one per line, with their options.
LINES = [
    line
    for block in re.findall(r"```(?:sh|powershell)\n(.*?)```", GUIDE, re.DOTALL)
    for line in re.sub(r"[\\`]\n\s*", " ", block).splitlines()
]
# Variables that azd knows without the parameter file.
OF_AZD = {"AZURE_RESOURCE_GROUP"}
# Azure roles that the guide recommends in addition to those that are deployed.
FURTHER = {"Storage Blob Data Reader", "Website Contributor", "Reader"}
ROLES = {*AZURE_ROLES.values(), *ADMINISTRATORS.values(), *FURTHER}


def used_by(pattern: str) -> set[str]:
    """Return what a pattern finds in the guide."""
    found = set(re.findall(pattern, GUIDE))
    assert found
    return found


def test_every_output_exists() -> None:
    """Each output in angle brackets is one of the template's, and the template has only those that the guide names."""
    outputs = set(Project().template("infra/main.bicep")[0]["outputs"])
    listed = re.findall(r"`(\w+)`", GUIDE.split("### The outputs\n")[1].split("`azd env")[0])
    assert set(listed) == outputs
    assert used_by(r"<output (\w+)>") <= outputs
    assert used_by(r"output `(\w+)`") <= outputs


def test_every_parameter_exists() -> None:
    """Each parameter that a command or a parameter file gives is one of the deployed file's."""
    for line in LINES:
        for file, given in re.findall(r"--template-file (\S+) +--parameters (.*)", line):
            declared = Project().template(file)[0]["parameters"].keys()
            assert set(re.findall(r"(\w+)=", re.sub(r"\"[^\"]*\"", "", given))) <= declared, line
    declared = Project().template("infra/main.bicep")[0]["parameters"].keys()
    table = re.findall(r"(?m)^\| (`.*?) \|", GUIDE.split("## Parameters")[1].split("\n## ")[0])
    assert {name for cell in table for name in re.findall(r"`(\w+)`", cell)} <= declared
    assert used_by(r"(?m)^param (\w+) =") | used_by(r"`param (\w+) =") | used_by(r"[Pp]arameters? `(\w+)`") <= declared
    assert len([line for line in LINES if "--template-file" in line]) >= 3


def test_every_variable_is_read() -> None:
    """Each variable that the guide sets is read by the parameter file or by azd, and the guide names them all."""
    read = set(re.findall(r"readEnvironmentVariable\('(\w+)'", Project().read("infra/main.bicepparam")))
    assert used_by(r"azd env set (\w+)") <= read | OF_AZD
    assert read <= used_by(r"`(\w+)`")
    assert (
        set(re.findall(r"`([A-Z][A-Z_]+)`", GUIDE.split("You can set more values")[1].split("### With az")[0])) <= read
    )


def test_every_role_exists() -> None:
    """Each role that the guide names is one of Azure's."""
    named = used_by(r"--role \"([^\"]+)\"") | {role for _, role, _ in rows(GUIDE, "roles")}
    assert named <= ROLES
    assert used_by(r"`((?:Storage|Key Vault|Monitoring|Role|Website) [A-Za-z ]*|Contributor)`") <= ROLES


def test_every_place_in_storage_exists() -> None:
    """Each queue and container in a path is declared."""
    declared = {(made.type.rsplit("/", 1)[-1], made.name) for made in Project().smallest.resources}
    assert used_by(r"Services/default/(queues|containers)/([\w-]+)") <= declared
    queues = {queue.name for queue in Project().smallest.of_type(f"{STORAGE}/queueServices/queues")}
    assert used_by(r"--queue-name ([\w-]+)") <= queues


def commands() -> Iterator[tuple[str, list[str]]]:
    """Yield each of our own commands in the guide, and its options."""
    for call in [*LINES, *re.findall(r"`([^`\n]+)`", GUIDE)]:
        found = re.search(r"\blms-sync ([a-z][^()#|]*)", call)
        if found:
            words = found[1].split()
            yield " ".join(words), [word for word in words if word.startswith("--")]


@pytest.mark.parametrize(("call", "options"), list(commands()), ids=[call for call, _ in commands()])
def test_every_command_exists(call: str, options: list[str]) -> None:
    """Each command of `lms-sync` exists, with these options."""
    command = get_command(command_line())
    for word in call.split():
        if isinstance(command, TyperGroup):
            assert word in command.commands, call
            command = command.commands[word]
    assert not isinstance(command, TyperGroup) or not options, call
    assert set(options) <= {name for parameter in command.params for name in parameter.opts} | {"--help"}


def test_every_target_and_script_exists() -> None:
    """Each make target, and each script with its options, exists."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert used_by(r"(?m)(?:`|&& |^)make ([a-z]+)\b") <= targets
    for script, options in re.findall(r"(infra/scripts/[\w.-]+)([^\n]*)", "\n".join(LINES)):
        usage = (ROOT / script).read_text()
        assert all(option in usage for option in re.findall(r"--[\w-]+", options)), options
