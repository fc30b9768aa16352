"""The documentation matches the infrastructure and the code."""

import json
import re
from collections.abc import Iterator
from typing import get_args

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from activities.domain.outcomes import Action, DeadLetter, Done, Reason
from activities.domain.terms import Kind, Operation, request_kind
from activities.service import Service
from activities.settings import Settings
from tests import ROOT
from tests.infra.compiler import needs_compiler
from tests.infra.declared import LOCAL_ONLY, OF_THE_DOOR, OF_THE_HOST
from tests.infra.project import Project
from tests.infra.published import FIELDS, LINES
from tests.infra.roles import MATRIX
from tools.develop.simulator import Content, Simulator, User
from tools.operate.cli import command_line

DEPLOYMENT, OPERATIONS, CAPACITY = (
    (ROOT / "docs" / f"{name}.md").read_text() for name in ("deployment", "operations", "capacity")
)


def rows(text: str, name: str) -> list[tuple[str, ...]]:
    """Return the cells of the table between two marks, without its header."""
    (table,) = re.findall(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table.splitlines()[2:]]


def test_the_roles_are_those_of_the_bicep_files() -> None:
    """The table of roles is the matrix that the Bicep files must grant."""
    assert sorted(rows(DEPLOYMENT, "roles")) == sorted(MATRIX)


def test_every_command_says_which_role_it_needs() -> None:
    """The table has all commands of `lms-sync`, and names roles that the Bicep files grant to the group."""
    table = rows(OPERATIONS, "rights")
    commands = {text for cell, *_ in table for text in re.findall(r"`([^`]+?)(?: --[^`]+)?`", cell)}
    assert commands == set(commands_of(get_command(command_line())))
    needed = {(group, role, where) for _, role, where, groups in table for group in groups.split(", ") if where}
    readers = {(group, role.replace("Contributor", "Reader"), where) for group, role, where in MATRIX}
    assert {group for group, _, _ in needed} == {"operators", "ledger administrators", "the LMS"}
    assert needed <= MATRIX | readers


def commands_of(command: object, name: str = "") -> Iterator[str]:
    """Yield the names of a command's subcommands, such as `people list`."""
    if not isinstance(command, TyperGroup):
        yield name
        return
    for part, inner in command.commands.items():
        yield from commands_of(inner, f"{name} {part}".strip())


def test_every_app_setting_is_documented() -> None:
    """The table of app settings has exactly the settings that are read."""
    section = DEPLOYMENT.split("## App settings")[1].split("\n## ")[0]
    table = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    documented = {name for cell in table for name in re.findall(r"`(\w+)`", cell)}
    read = {str(field.alias) for field in Settings.model_fields.values()} - LOCAL_ONLY
    assert documented == read | OF_THE_HOST | OF_THE_DOOR


@needs_compiler
def test_every_alert_has_its_section() -> None:
    """Each alert has a row, a section and a link to its query, and the table has no other alerts."""
    rules = Project().largest.of_type("Microsoft.Insights/scheduledQueryRules")
    prefix = "LMS Activity Sync: "
    named = {rule.properties["displayName"].removeprefix(prefix): rule.properties["severity"] for rule in rules}
    table = re.findall(r"^\| \[([\w-]+)\]\(#\1\) \| (\d)", OPERATIONS, re.MULTILINE)
    assert {name: int(level) for name, level in table} == named
    for name in named:
        assert f"### {name}\n\nQuery: [{name}.kql](../infra/alerts/{name}.kql)" in OPERATIONS
        assert (ROOT / f"infra/alerts/{name}.kql").exists()


def test_every_reason_is_explained() -> None:
    """The table of reasons has exactly the reasons in the code."""
    assert [row[0].strip("`") for row in rows(OPERATIONS, "reasons")] == [reason.value for reason in Reason]


@needs_compiler
def test_capacity_quotes_what_is_set() -> None:
    """The page calculates with the configured figures."""
    queues = json.loads((ROOT / "host.json").read_text())["extensions"]["queues"]
    both = queues["batchSize"] + queues["newBatchThreshold"]
    assert f"`batchSize` {queues['batchSize']} and `newBatchThreshold` {queues['newBatchThreshold']}" in CAPACITY
    assert f"up to {both} messages at once" in CAPACITY
    site = Project().smallest.of_type("Microsoft.Web/sites")[0].properties["functionAppConfig"]["scaleAndConcurrency"]
    assert f"`maximumInstanceCount` is {site['maximumInstanceCount']}" in CAPACITY
    assert f"{site['instanceMemoryMB']:,} MB" in CAPACITY


def test_log_lines_are_those_of_the_code() -> None:
    """The table of log lines has exactly the events and fields that the code may log."""
    table = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[2])) for row in rows(OPERATIONS, "log lines")}
    assert set(table) == LINES
    assert set.union(*table.values()) == FIELDS
    assert set(re.findall(r"Message == '(\w+)'", OPERATIONS)) <= LINES


def test_every_hold_is_explained() -> None:
    """The table of holds has exactly the kinds of requests, the places in storage, and what else the app waits for."""
    named = [name for row in rows(OPERATIONS, "holds") for name in re.findall(r"`([\w/-]+)`", row[0])]
    places = constants("activities/storage/*.py", r'(?:_PLACE = |concerning_all\()"([\w-]+)"')
    others = constants("activities/*.py", r'\.wait\(message, "(\w+)"')
    assert sorted(named) == sorted(requests_of_the_app() | places | others)


def requests_of_the_app() -> set[str]:
    """Return the kinds of requests to Graph, each of which needs one permission."""
    about_activities = {request_kind(operation, kind) for operation in get_args(Operation) for kind in get_args(Kind)}
    return about_activities | constants("activities/sync/references.py", r'\.ready\("([\w/]+)"\)')


def constants(files: str, expression: str) -> set[str]:
    """Return the constant texts in these files that an expression finds."""
    found = {text for path in ROOT.glob(files) for text in re.findall(expression, path.read_text(encoding="utf-8"))}
    assert found
    return found


@needs_compiler
def test_every_resource_provider_is_registered() -> None:
    """The instructions register the providers of all resource types, and the one for the app's subnet."""
    (loop,) = re.findall(r"for namespace in (.*?); do", DEPLOYMENT.replace("\\\n", " "))
    types = {resource.type.split("/")[0] for resource in Project().largest.resources} - {"Microsoft.Authorization"}
    assert set(loop.split()) == types | {"Microsoft.App"}


async def test_the_first_event_works(service: Service, simulator: Simulator) -> None:
    """The event in the instructions creates an activity, its withdrawal deletes it, and `{}` is refused."""
    (text,) = re.findall(r"```json\n(.*?)```", DEPLOYMENT.split("## 5. ")[1], re.DOTALL)
    event = json.loads(text)
    simulator.config.users = (
        User(id="11111111-0000-4000-8000-00000000000a", user_principal_name=event["learner"]["userPrincipalName"]),
    )
    simulator.config.contents = (Content(id="content", external_id=event["course"]["externalId"]),)
    assert await service.handler.event(text.encode()) == Done(Action.CREATED)
    later = {"eventId": "first-2", "eventType": "course.unassigned", "occurredAt": "2026-01-05T10:00:00Z"}
    assert await service.handler.event(json.dumps(event | later).encode()) == Done(Action.DELETED)
    refused = await service.handler.event(b"{}")
    assert isinstance(refused, DeadLetter)
    assert f"dead letter with reason `{refused.reason.value}`" in DEPLOYMENT


DOCUMENTS = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def test_the_list_of_documents_is_complete() -> None:
    """docs/README.md links to every page."""
    listed = set(re.findall(r"\]\(([\w.-]+\.md)\)", (ROOT / "docs/README.md").read_text()))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} == listed


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    """Links in the repository lead to files and headings that exist."""
    page = ROOT / name
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text()):
        path, _, heading = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if not heading:
            continue
        headings = {
            re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
            for line in file.read_text().splitlines()
            if line.startswith("#")
        }
        assert heading in headings, target
