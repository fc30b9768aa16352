"""Shows dead letters on a screen, or as JSON for scripts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.operate.deadletters.letters import Letter
from tools.operate.deadletters.selection import SHOWN


def table(letters: Sequence[Letter], console: Console) -> None:
    """Print a line per letter, and the number of letters per reason."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("id", "reason", "when (UTC)", "attempt", "enrolment", "detail"):
        shown.add_column(heading, overflow="fold", justify="right" if heading == "attempt" else "left")
    for letter in letters:
        count = len(letter.messages)
        envelope = letter.envelope
        row = [
            letter.id[:SHOWN],
            letter.reason + (f" x{count}" if count > 1 else ""),
            f"{letter.when:%Y-%m-%d %H:%M:%S}",
            str(envelope.attempt) if envelope else "",
            (envelope.enrollment_id if envelope else None) or "",
            envelope.detail if envelope else "a message without an envelope",
        ]
        shown.add_row(*(Text(cell) for cell in row))
    if letters:
        console.print(shown)
        console.print()
    reasons = Counter(letter.reason for letter in letters)
    for reason, count in reasons.most_common():
        console.print(f"{count:6}  {reason}", highlight=False)
    console.print(f"{len(letters):6}  in total", highlight=False)


def facts(letter: Letter) -> dict[str, Any]:
    """Return everything about a letter except the original message."""
    known = letter.envelope.model_dump(mode="json", by_alias=True, exclude={"original"}) if letter.envelope else {}
    return {**known, "id": letter.id, "reason": letter.reason, "messages": len(letter.messages)}


def in_full(letter: Letter, body: bytes | None, console: Console) -> None:
    """Print everything about one letter; the original message comes last, unchanged."""
    grid = Table.grid(padding=(0, 2))
    for name, value in facts(letter).items():
        if value is not None:
            grid.add_row(Text(name, style="bold"), Text(str(value)))
    console.print(grid)
    console.print()
    if body is None:
        console.print("The original no longer exists: the retention of its blob has ended.", style="red")
        return
    try:
        text = body.decode()
    except UnicodeDecodeError:
        console.print("The original is not UTF-8. In hexadecimal:", style="bold")
        text = body.hex(" ")
    console.out(text, highlight=False)
