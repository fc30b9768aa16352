"""Run `lms-sync` as an operator does: in a terminal, and in its own process."""

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
    """What a command printed, in colour, and its exit code."""

    text: Text
    code: int

    def says(self, words: str) -> bool:
        """Tell whether these words were printed, wherever the terminal broke the lines."""
        return " ".join(words.split()) in " ".join(self.text.plain.split())


async def lms_sync(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path, columns: int = COLUMNS
) -> Shown:
    """Run a command in this folder. Return what it printed on the terminal, followed by its standard error."""
    terminal, its_end = os.openpty()
    try:
        termios.tcsetwinsize(its_end, (ROWS, columns))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tools.operate", *arguments),
            cwd=folder,
            env={**environment, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(ROWS)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=its_end,
            # Otherwise progress bars would overwrite the result.
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
    """Print a command as if it were typed at a prompt."""
    console.print(Text(f"$ lms-sync {' '.join(arguments)}", style="bold"))


def _everything(terminal: int) -> bytes:
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(terminal, _CHUNK)
        except OSError:  # Linux's way of saying that the command has ended
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)
