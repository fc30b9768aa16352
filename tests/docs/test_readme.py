"""The README is true: its table of settings and its example; and the commands, links and diagrams of all pages."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from activities.settings import Settings
from tests import ROOT
from tests.activities.graph.test_bodies import REQUESTS
from tools.operate.cli import command_line

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Mermaid can't draw a diagram if one of its keywords names a node.
_KEYWORD = re.compile(r"\b(graph|subgraph|end|style|linkStyle|class|classDef|click)[\[({]")
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def settings_of_the_readme() -> dict[str, str]:
    """Return the names and defaults in the table."""
    table = README.partition("<!-- settings -->")[2].partition("<!-- /settings -->")[0]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", table, re.MULTILINE)
    return {name: default.strip().strip("`") for name, default in rows}


def settings_of_the_code() -> dict[str, str]:
    """Return the names and defaults in the code."""
    found = {}
    for field in Settings.model_fields.values():
        required = field.is_required() or field.alias in ("AzureWebJobsStorage", "AzureWebJobsStorage__accountName")
        found[str(field.alias)] = "required" if required else str(field.default).lower()
    return found


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub writes them."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _options_of(line: str) -> set[str]:
    return set(re.findall(r"(?<= )--[a-z-]+", line.split("#", maxsplit=1)[0]))


def _known(line: str) -> set[str]:
    """Return the options of the command at the start of a line."""
    command = get_command(command_line())
    for word in line.split():
        if not isinstance(command, TyperGroup) or word not in command.commands:
            break
        command = command.commands[word]
    return {"--help", *(option for parameter in command.params for option in parameter.opts)}


def test_settings_are_those_of_the_code() -> None:
    """The table names every setting, and each default is right."""
    readme = {name: default.partition(",")[0] for name, default in settings_of_the_readme().items()}
    assert readme == settings_of_the_code()


def test_the_example_is_what_happens() -> None:
    """The event is the one in docs/examples, and the request beside it is what the app sends for it."""
    event, request = (
        json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    )
    assert event == json.loads((ROOT / "docs/examples/assignment.json").read_text(encoding="utf-8"))
    assert request == REQUESTS["assignment.json"]


def test_commands_exist() -> None:
    """Every make target and every module that a page tells the reader to run exists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:`|^)make ([a-z]+)", TEXT, re.MULTILINE))
    assert targets >= {"demo", "start", "test"}
    assert {target for target in targets if f"\n{target}:" not in makefile} == set()
    modules = set(re.findall(r"python -m (tools[\w.]*)", TEXT))
    assert {module for module in modules if find_spec(module) is None} == set()


@pytest.mark.parametrize("words", sorted(set(re.findall(r"lms-sync((?: [a-z][\w-]+)+)", TEXT))))
def test_commands_of_the_command_line_exist(words: str) -> None:
    """Every `lms-sync` command that a page names exists. Words after it are its arguments."""
    command = get_command(command_line())
    for word in words.split():
        if not isinstance(command, TyperGroup):
            break
        assert word in command.commands
        command = command.commands[word]


def test_options_of_the_command_line_exist() -> None:
    """Every option of an `lms-sync` command in a block or a quote exists."""
    lines = re.findall(r"lms-sync ([^`\n]*)", TEXT)
    assert [line for line in lines if not _options_of(line) <= _known(line)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link leads to a file that exists, and to a heading in it."""
    broken = []
    for link in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = link.partition("#")
        if ":" in path:
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_diagrams_can_be_drawn() -> None:
    """No node of a diagram has a keyword of Mermaid as its name."""
    diagrams = [text for page in PAGES for text in _DIAGRAM.findall(page.read_text(encoding="utf-8"))]
    assert diagrams
    assert [text for text in diagrams if _KEYWORD.search(text)] == []
