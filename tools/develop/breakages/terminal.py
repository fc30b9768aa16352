"""Runs `lms-sync` as an operator does: in a terminal, and in a process of its own."""

import asyncio
import os
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 100, 50
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Shown:
    """What a command has shown, with its colours, and its exit code."""

    text: Text
    code: int

    def says(self, words: str) -> bool:
        """Whether it shows these words, wherever the terminal has broken the lines."""
        return " ".join(words.split()) in " ".join(self.text.plain.split())


async def lms_sync(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, columns: int = COLUMNS
) -> Shown:
    """Run a command in this folder, and return what it has shown on a terminal, and then as remarks and errors."""
    terminal, its_end = os.openpty()
    try:
        termios.tcsetwinsize(its_end, (ROWS, columns))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.operate", *arguments),
            cwd=folder,
            env={**environment, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(ROWS)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=its_end,
            # Otherwise progress bars would be drawn over the result.
            stderr=asyncio.subprocess.PIPE,
        )
        os.close(its_end)
        out, (_, remarks) = await asyncio.gather(asyncio.to_thread(_everything, terminal), process.communicate())
    finally:
        os.close(terminal)
    text = Text.from_ansi(out.decode(errors="replace").replace("\r\n", "\n").rstrip("\n"))
    said = Text(remarks.decode(errors="replace").rstrip("\n"), style="dim" if process.returncode == 0 else "red")
    return Shown(Text("\n").join(part for part in (text, said) if part.plain), process.returncode or 0)


def prompt(arguments: Sequence[str], *, console: Console) -> None:
    """Print the line that runs a command."""
    console.print(Text(f"$ lms-sync {' '.join(arguments)}", style="bold"))


def _everything(terminal: int) -> bytes:
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(terminal, _CHUNK)
        except OSError:  # the command has ended, as Linux says it
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)
