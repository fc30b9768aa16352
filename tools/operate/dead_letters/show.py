"""Shows dead letters on a screen, or as JSON for scripts."""

import base64
from collections import Counter
from collections.abc import Sequence

from activities.domain.errors import NewerVersion
from activities.domain.versions import VERSION
from activities.storage.letters import UNKNOWN, LetterFacts, NotALetter, opened
from tools.operate import screen
from tools.operate.dead_letters.selection import SHOWN

NEWER = "A later version of the app wrote this letter: use that version's `lms-sync`."

# These may say who it's about: many LMSs make the enrolment id from the learner's id and the course's.
_PERSONAL = ("enrollmentId", "original", "encoding")


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


def everything(letter: LetterFacts, text: bytes) -> dict[str, object]:
    """Return everything about a letter, with the original message.

    Raises:
        NotALetter: the app didn't write the blob.
        NewerVersion: a later version of the app wrote it.
    """
    envelope = opened(text)
    return facts(letter) | envelope.model_dump(mode="json", by_alias=True, exclude_none=True)


def letters(found: Sequence[LetterFacts], *, as_json: bool) -> None:
    """Print a line per letter, and the number of letters per reason."""
    if as_json:
        for letter in found:
            screen.line(screen.as_json(facts(letter)))
        return
    rows = [("id", "reason", "last seen (UTC)", "tries", "record", "detail"), *map(_row, found)]
    # Empty columns are left out.
    columns = [column for column in range(len(rows[0])) if any(row[column] for row in rows[1:])]
    widths = [max(len(row[column]) for row in rows) for column in columns]
    for number, row in enumerate(rows if found else ()):
        cells = [row[column].ljust(width) for column, width in zip(columns, widths, strict=True)]
        screen.line("  ".join(cells).rstrip(), style=None if number else "bold", cut=True)
    if found:
        screen.line()
    for reason, count in Counter(letter.reason for letter in found).most_common():
        screen.line(f"{count:6}  {reason}")
    screen.line(f"{len(found):6}  in total")


def in_full(letter: LetterFacts, text: bytes, *, personal: bool, as_json: bool) -> None:
    """Print everything about one letter, with personal data only if asked.

    The original message comes last, with its line breaks.
    """
    try:
        shown = everything(letter, text)
    except (NewerVersion, NotALetter) as why:
        shown, body = facts(letter), text
        screen.error(NEWER if isinstance(why, NewerVersion) else str(why.__doc__))
        original: object = base64.b64encode(text).decode()
    else:
        body, original = opened(text).body() or b"", shown["original"]
    shown = {name: value for name, value in shown.items() if personal or name not in _PERSONAL}
    if as_json:
        screen.line(screen.as_json(shown | ({"original": original} if personal else {})))
        return
    for name, value in shown.items():
        if value is not None and name not in {"original", "encoding"}:
            screen.line(f"{name:<14}{value}")
    if personal:
        _original(body)
    else:
        screen.note("The original message is shown with --show-personal-data.")


def _original(body: bytes) -> None:
    screen.line()
    try:
        lines = body.decode().split("\n")
    except UnicodeDecodeError:
        screen.line("This isn't UTF-8. In hexadecimal:", style="bold")
        lines = [body.hex(" ")]
    for line in lines:
        screen.line(line)


def _row(letter: LetterFacts) -> tuple[str, str, str, str, str, str]:
    newer = f" (version {letter.version})" if letter.version > VERSION else ""
    return (
        screen.visible(letter.id if letter.reason == UNKNOWN else letter.id[:SHOWN]),
        letter.reason + newer,
        f"{letter.last_seen:%Y-%m-%d %H:%M}",
        str(letter.attempt or ""),
        # A record's letter has the record's key as its id.
        "" if letter.record == letter.id else screen.visible((letter.record or "")[:SHOWN]),
        screen.visible(letter.detail),
    )
