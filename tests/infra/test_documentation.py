"""The documents say what the infrastructure does."""

import json
import re

import pytest

from activities.outcomes import Reason
from activities.settings import Settings
from tests.infra.bicep import declarations
from tests.infra.declared import LOCAL_ONLY, OF_THE_HOST
from tests.infra.project import ROOT, Project
from tests.infra.roles import MATRIX

DEPLOYMENT, OPERATIONS, CAPACITY = (
    (ROOT / "docs" / f"{name}.md").read_text() for name in ("deployment", "operations", "capacity")
)


def rows(text: str, name: str) -> list[tuple[str, ...]]:
    """The cells of the table between two marks, without its head."""
    (table,) = re.findall(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.splitlines()[2:]]


def test_the_roles_are_those_of_the_bicep_files() -> None:
    """The table of roles is the matrix that the Bicep files are held to."""
    assert sorted(rows(DEPLOYMENT, "roles")) == sorted(MATRIX)


def test_every_app_setting_is_documented() -> None:
    """The table of app settings names every setting that is read, and none besides."""
    section = DEPLOYMENT.split("## App settings")[1].split("\n## ")[0]
    table = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    documented = {name for cell in table for name in re.findall(r"`(\w+)`", cell)}
    assert documented == ({str(field.alias) for field in Settings.model_fields.values()} - LOCAL_ONLY) | OF_THE_HOST


def test_every_parameter_named_exists() -> None:
    """Parameters and variables that the text names are declared."""
    declared = {one.name for one in declarations(Project().read("infra/main.bicep")) if one.kind == "param"}
    section = DEPLOYMENT.split("## Parameters")[1].split("\n## ")[0]
    first = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = {name for cell in first for name in re.findall(r"`(\w+)`", cell)}
    assert named
    assert named <= declared
    read = set(re.findall(r"readEnvironmentVariable\('(\w+)'", Project().read("infra/main.bicepparam")))
    assert read <= set(re.findall(r"`(\w+)`", DEPLOYMENT))


def test_every_alert_has_its_page() -> None:
    """Each alert has a row, a section and a link to its query; there are no others."""
    rules = Project().smallest.of_type("Microsoft.Insights/scheduledQueryRules")
    prefix = "LMS Activity Sync: "
    named = {one.properties["displayName"].removeprefix(prefix): one.properties["severity"] for one in rules}
    table = re.findall(r"^\| \[([\w-]+)\]\(#\1\) \| (\d)", OPERATIONS, re.MULTILINE)
    assert {name: int(level) for name, level in table} == named
    for name in named:
        assert f"### {name}\n\nQuery: [{name}.kql](../infra/alerts/{name}.kql)" in OPERATIONS
        assert (ROOT / f"infra/alerts/{name}.kql").exists()


def test_every_reason_is_explained() -> None:
    """The table of reasons is the list of reasons of the code."""
    assert [row[0].strip("`") for row in rows(OPERATIONS, "reasons")] == [reason.value for reason in Reason]


def test_capacity_quotes_what_is_set() -> None:
    """The figures behind the reasoning are those in force."""
    queues = json.loads((ROOT / "host.json").read_text())["extensions"]["queues"]
    both = queues["batchSize"] + queues["newBatchThreshold"]
    assert f"`batchSize` {queues['batchSize']} and `newBatchThreshold` {queues['newBatchThreshold']}" in CAPACITY
    assert f"up to {both} messages at once" in CAPACITY
    site = Project().smallest.of_type("Microsoft.Web/sites")[0].properties["functionAppConfig"]["scaleAndConcurrency"]
    assert f"`maximumInstanceCount` is {site['maximumInstanceCount']}" in CAPACITY
    assert f"{site['instanceMemoryMB']:,} MB" in CAPACITY


@pytest.mark.parametrize("name", ["deployment", "operations", "capacity"])
def test_links_lead_somewhere(name: str) -> None:
    """Links within the repository lead to files and headings that exist."""
    text = (ROOT / "docs" / f"{name}.md").read_text()
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
        path, _, heading = target.partition("#")
        file = ROOT / "docs" / (path or f"{name}.md")
        assert file.exists(), target
        headings = {
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in file.read_text().splitlines()
            if line.startswith("#")
        }
        assert not heading or heading in headings, target
