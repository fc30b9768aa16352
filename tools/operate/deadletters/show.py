"""Shows dead letters on a screen, or as JSON for scripts."""

from collections import Counter
from collections.abc import Sequence

from activities.domain.errors import NewerVersion
from activities.domain.record import row_key
from activities.domain.versions import VERSION
from activities.storage.letters import UNKNOWN, LetterFacts, NotALetter, opened
from tools.operate import screen
from tools.operate.deadletters.selection import SHOWN

NEWER = "A newer version of the app has written this letter: use the tools of that version."


def facts(letter: LetterFacts) -> dict[str, object]:
    """Return what the listing says about a letter."""
    return {
        "id": letter.id,
        "version": letter.version,
        "reason": letter.reason,
        "detail": letter.detail,
        "record": letter.record,
        "attempt": letter.attempt,
        "number": letter.number,
        "firstSeen": letter.first_seen.isoformat(),
        "lastSeen": letter.last_seen.isoformat(),
        "size": letter.size,
    }


def table(letters: Sequence[LetterFacts]) -> None:
    """Print a line per letter, and the number of letters per reason."""
    rows = [("id", "reason", "last seen (UTC)", "attempt", "record", "detail"), *map(_row, letters)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for number, row in enumerate(rows if letters else ()):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        screen.line("  ".join((*cells, row[-1])).rstrip(), style=None if number else "bold")
    if letters:
        screen.line()
    for reason, count in Counter(letter.reason for letter in letters).most_common():
        screen.line(f"{count:6}  {reason}")
    screen.line(f"{len(letters):6}  in total")


def in_full(letter: LetterFacts, text: bytes) -> None:
    """Print everything about one letter. The original message comes last, with its line breaks."""
    try:
        envelope = opened(text)
    except (NewerVersion, NotALetter) as why:
        shown, body = facts(letter), text
        screen.error(NEWER if isinstance(why, NewerVersion) else str(why.__doc__))
    else:
        shown = envelope.model_dump(mode="json", by_alias=True, exclude={"original", "encoding"})
        shown["record"] = row_key(envelope.enrollment_id) if envelope.enrollment_id else None
        body = envelope.body() or b""
    for name, value in shown.items():
        if value is not None:
            screen.line(f"{name:<14}{value}")
    screen.line()
    try:
        lines = body.decode().split("\n")
    except UnicodeDecodeError:
        screen.line("This is not UTF-8. In hexadecimal:", style="bold")
        lines = [body.hex(" ")]
    for line in lines:
        screen.line(line)


def _row(letter: LetterFacts) -> tuple[str, str, str, str, str, str]:
    newer = f" (version {letter.version})" if letter.version > VERSION else ""
    return (
        screen.visible(letter.id if letter.reason == UNKNOWN else letter.id[:SHOWN]),
        letter.reason + newer,
        f"{letter.last_seen:%Y-%m-%d %H:%M:%S}",
        str(letter.attempt or ""),
        screen.visible((letter.record or "")[:SHOWN]),
        screen.visible(letter.detail),
    )
