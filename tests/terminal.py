"""A terminal of 80 columns and 24 lines with a shell in it, into which a test types."""

import asyncio
import io
import os
import sys
import termios
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte
from pyte.screens import Char
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tests.tools.develop.eventually import eventually
from tools.develop.breakages.pictures import svg

COLUMNS, ROWS = 80, 24
_KEPT = 10_000
_CHUNK = 65_536
# At every prompt, the shell sets the terminal's title: how many prompts there were, and how the last command ended.
_PROMPT = r"\[\e]2;$((++prompts)) $?\a\]$ "
# What rich calls the terminal's colours.
_COLOURS = {"red": "red", "green": "green", "brown": "yellow"}
# The terminal has to be the shell's own, or Ctrl-C would reach nobody. Background jobs ignore Ctrl-C, and so do their
# child processes.
_SHELL = (
    "import fcntl, os, signal, termios; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execvp('bash', ['bash', '--noprofile', '--norc', '-i'])"
)
_CTRL_C = "\x03"


class Terminal:
    """A shell in a terminal, as an async context manager. It shows what somebody who scrolls back would see."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Prepare to run the shell in this folder, with exactly this environment."""
        self._folder = folder
        self._environment = environment
        self._screen = pyte.HistoryScreen(COLUMNS, ROWS, history=_KEPT, ratio=1)
        self._stream = pyte.ByteStream(self._screen)

    async def __aenter__(self) -> Self:
        self._terminal, its_end = os.openpty()
        termios.tcsetwinsize(its_end, (ROWS, COLUMNS))
        self._shell = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _SHELL),
            cwd=self._folder,
            env={**self._environment, "TERM": "xterm-256color", "PS1": _PROMPT, "PS2": "> ", "HISTFILE": os.devnull},
            stdin=its_end,
            stdout=its_end,
            stderr=its_end,
        )
        os.close(its_end)
        asyncio.get_running_loop().add_reader(self._terminal, self._read)
        await eventually(lambda: self._prompts > 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._terminal)
        os.close(self._terminal)  # the shell and what runs in it get a hangup
        try:
            async with asyncio.timeout(30):
                await self._shell.wait()
        except TimeoutError:
            self._shell.kill()
            await self._shell.wait()

    def _read(self) -> None:
        try:
            self._stream.feed(os.read(self._terminal, _CHUNK))
        except OSError:  # the shell has ended, in Linux's words
            asyncio.get_running_loop().remove_reader(self._terminal)

    @property
    def _prompts(self) -> int:
        return int(self._screen.title.partition(" ")[0] or 0)

    @property
    def _rows(self) -> list[Mapping[int, Char]]:
        return [*self._screen.history.top, *(self._screen.buffer[row] for row in range(ROWS))]

    @property
    def lines(self) -> list[str]:
        """Return every line that the terminal has shown and not removed, the oldest first."""
        return ["".join(row[column].data for column in range(COLUMNS)).rstrip() for row in self._rows]

    def picture(self, name: str, lines: slice) -> str:
        """Return some of the lines as a picture in SVG, with their colours."""
        console = Console(record=True, width=COLUMNS, file=io.StringIO())
        for row in self._rows[lines]:
            characters = (row[column] for column in range(COLUMNS))
            parts = groupby(characters, key=lambda one: Style(color=_COLOURS.get(one.fg), bold=one.bold))
            text = Text.assemble(*(("".join(one.data for one in part), style) for style, part in parts))
            text.rstrip()
            console.print(text)
        return svg(console, name)

    @property
    def text(self) -> str:
        """Return the same as one line, with single spaces wherever lines were broken."""
        whole = (line if len(line) == COLUMNS else f"{line} " for line in self.lines)
        return " ".join("".join(whole).split())

    def type(self, text: str) -> None:
        """Type something, and press Enter."""
        os.write(self._terminal, text.encode() + b"\n")

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.write(self._terminal, _CTRL_C.encode())

    async def run(self, command: str, within: float = 60) -> tuple[str, int]:
        """Type a command, which may have several lines. Return its output and its exit code.

        Raises:
            TimeoutError: it hasn't ended within this many seconds.
        """
        before, prompts = len(self.text), self._prompts
        for line in command.splitlines():
            self.type(line)
        return await self.ended(prompts, before, within)

    async def ended(self, prompts: int, before: int, within: float) -> tuple[str, int]:
        """Wait for the prompt after a command."""
        await eventually(lambda: self._prompts > prompts, within)
        return self.text[before:], int(self._screen.title.partition(" ")[2])
