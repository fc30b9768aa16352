"""The first hour: types the commands of README.md and some pages into terminals, in a copy of the project.

`python -m tests.first_hour` sets everything up anew, as for somebody who has just cloned the project, and says how
long that took. It needs the network, and some minutes. In `make test`, the copy uses what's already installed.
"""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from tests import ROOT
from tests.terminal import Terminal
from tests.tools.develop.eventually import eventually
from tools.develop.demo.cases import cases

_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PROMISE = re.compile(r"(prints|then): ([^;]+?)\s*(?=;|$)")
_EXITS = re.compile(r"exits (\d)")
_HERE_DOCUMENT = re.compile(r"<<'(\w+)'$")
PAGE = (ROOT / "docs/local-stack.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
FORMATS = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
# What the README's commands lead to: what they print, and what the first terminal then prints. Only one finds a fault.
OF_THE_README = {
    "validate docs/examples/assignment.json": ("understood", ""),
    "publish docs/examples/assignment.json": ("1 sent to devstoreaccount1/lms-events", "created"),
    "webhook send --sender lms docs/examples/self-initiated.json": ("200", "created"),
    "publish -": ("1 sent to devstoreaccount1/lms-events", "malformed"),
    "doctor": ("dead letters", ""),
    "dead-letters purge --reason malformed --yes": ("1", ""),
}
_ELSEWHERE = ("Azure", "LMS_", "WEBHOOK", "PYTHON", "COV")
console = Console(highlight=False)
_READY = "time outcome record why"


@dataclass(frozen=True, slots=True)
class Command:
    """A command, what it should print, what the first terminal should then print, and the exit code."""

    text: str
    prints: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    code: int = 0


def blocks(page: str) -> list[str]:
    """Return a page's blocks that are for a shell."""
    return _BLOCK.findall(page)


def commands(block: str) -> Iterator[Command]:
    """Yield the commands of a block. A here-document belongs to its command."""
    lines = iter(block.splitlines())
    for line in lines:
        text, here = line, _HERE_DOCUMENT.search(line)
        while here and text.rpartition("\n")[2] != here[1]:
            text += "\n" + next(lines)
        comment = line.partition("  # ")[2]
        said = _PROMISE.findall(comment)
        prints = tuple(" ".join(words.split()) for where, words in said if where == "prints")
        then = tuple(words for where, words in said if where == "then")
        exits = _EXITS.search(comment)
        yield Command(text, prints, then, int(exits[1]) if exits else 0)


def of_the_readme() -> list[Command]:
    """Return the commands to try while the stack runs."""
    [block] = [block for block in blocks(README) if ".venv/bin/lms-sync" in block]
    found = []
    for command in commands(block):
        name = command.text.partition("  # ")[0].partition("lms-sync ")[2].strip()
        prints, then = OF_THE_README[name]
        found.append(Command(command.text, (prints,), (then,) if then else (), int(name == "doctor")))
    assert len(found) == len(OF_THE_README)
    return found


def _program(name: str) -> str:
    """Return where a program is that the tests can't do without."""
    found = shutil.which(name)
    assert found, name
    return found


def copy(folder: Path) -> None:
    """Copy what git knows of the project, as a clone has it."""
    listed = subprocess.run([_program("git"), "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def borrow(folder: Path) -> None:
    """Let the copy use what's already installed, as if `make setup` had run there."""
    for place in (".venv", ".venv/bin", "tools/develop/node_modules"):
        (folder / place).mkdir()
        for file in (ROOT / place).iterdir():
            if file.name not in ("bin", "lms-sync") and not file.name.startswith(".made-from"):
                (folder / place / file.name).symlink_to(file)
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    module, _, name = scripts["lms-sync"].partition(":")
    command = folder / ".venv/bin/lms-sync"
    program = f'exec .venv/bin/python -c "from {module} import {name}; {name}()" "$@"'
    command.write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
    command.chmod(0o755)
    subprocess.run([_program("make"), "--touch", "setup"], cwd=folder, stdout=subprocess.DEVNULL, check=True)


def environment() -> Mapping[str, str]:
    """Return this process's environment without anything that would redirect commands or slow them down."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_ELSEWHERE)}


async def demo(folder: Path, within: float = 120, images: Path | None = None) -> list[str]:
    """Type `make demo`. Return what stays on the screen and above it. Write its picture to the folder `images`.

    Raises:
        AssertionError: it didn't end well.
    """
    async with Terminal(folder, environment()) as terminal:
        shown, code = await terminal.run("make demo", within)
        assert code == 0, shown
        assert f"{len(cases())} of {len(cases())} cases as expected" in shown
        end = terminal.lines.index("The first request in full:")
        _save(images, "demo", terminal.picture("make demo", slice(end)))
        return terminal.lines


async def play(folder: Path, images: Path | None = None) -> None:
    """Type `make start` into one terminal, and the other commands into another. Then stop it with Ctrl-C.

    Its picture is written to the folder `images`.

    Raises:
        AssertionError: something that's promised doesn't appear.
    """
    first, second = Terminal(folder, environment()), Terminal(folder, environment())
    async with AsyncExitStack() as open_terminals:
        await open_terminals.enter_async_context(first)
        await open_terminals.enter_async_context(second)
        first.type("make start")
        await eventually(lambda: _READY in first.text, 60)
        assert "  .venv/bin/lms-sync publish docs/examples/no-licence.json" in first.lines
        [start, *others] = blocks(PAGE)
        assert start.strip() == "make start"
        for command in (*of_the_readme(), *(command for block in others for command in commands(block))):
            await _follow(command, first, second)
        _save(images, "start", first.picture("make start", slice(len(first.lines))))
        first.interrupt()
        await eventually(lambda: first.text.endswith("$"), 60)


async def try_format(folder: Path) -> None:
    """Save the worked example of docs/formats.md, and type what the page says about the local stack.

    Raises:
        AssertionError: something that's promised doesn't appear.
    """
    (folder / "my-formats").mkdir()
    example = FORMATS.partition("### A worked example")[2]
    for name, kind in (("my-formats/acme.toml", "toml"), ("booked.json", "json")):
        text = example.partition(f"```{kind}\n")[2].partition("```")[0]
        (folder / name).write_text(text, encoding="utf-8")
    first, second = Terminal(folder, environment()), Terminal(folder, environment())
    async with AsyncExitStack() as open_terminals:
        await open_terminals.enter_async_context(first)
        await open_terminals.enter_async_context(second)
        before, start, *others = blocks(FORMATS)
        for command in commands(before):
            await _follow(command, first, first)
        first.type(start.strip())
        await eventually(lambda: _READY in first.text, 60)
        for command in (command for block in others for command in commands(block)):
            await _follow(command, first, second)
        first.interrupt()
        await eventually(lambda: first.text.endswith("$"), 60)


def _save(images: Path | None, name: str, picture: str) -> None:
    if images is not None:
        (images / f"{name}.svg").write_text(picture, encoding="utf-8")


async def _follow(command: Command, first: Terminal, second: Terminal) -> None:
    before = len(first.text)
    shown, code = await second.run(command.text)
    assert code == command.code, (command.text, shown)
    assert '"error"' not in shown
    for words in command.prints:
        assert words in shown, (command.text, shown)
    for words in command.then:
        try:
            await eventually(lambda said=words: f" {said}" in first.text[before:], 60)
        except TimeoutError:
            raise AssertionError((command.text, words, first.text[before:])) from None


@contextmanager
def fresh_copy() -> Iterator[Path]:
    """Copy the project to a folder that's removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="clone-") as folder:
        copy(Path(folder))
        yield Path(folder)


async def main(images: Path | None) -> None:
    """Set up a fresh copy, type everything, and print how long it took."""
    with fresh_copy() as folder:
        async with Terminal(folder, environment()) as terminal:
            began = time.monotonic()
            shown, code = await terminal.run("make setup", 900)
        assert code == 0, shown
        console.print(f"make setup: {time.monotonic() - began:.0f} s")
        for name, typed in (
            ("make demo", demo(folder, images=images)),
            ("make start, and what to try", play(folder, images)),
            ("a format on the local stack", try_format(folder)),
        ):
            began = time.monotonic()
            await typed
            console.print(f"{name}: {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.first_hour", description=__doc__)
    parser.add_argument("--images", type=Path, help="write pictures of `make demo` and `make start` to this folder")
    asyncio.run(main(parser.parse_args().images))
