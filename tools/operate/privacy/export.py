"""Writes what's kept about a learner to a JSON document, with a receipt that has no personal data."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from activities.domain.terms import Reference
from activities.storage.letters import NotALetter, opened
from activities.storage.rows import record_of
from tools.operate.files import private
from tools.operate.privacy.person import names_in, names_of
from tools.operate.privacy.search import Found, Row


def document(found: Found) -> dict[str, object]:
    """Return everything that's kept about a learner, for the learner to read."""
    stored = [names_of(record_of(row)) for row in found.records.values()] + [names_in(row) for row in found.people]
    names = sorted(f"{kind}: {value}".replace("\n", ":") for kind, value in set[Reference]().union(*stored))
    return {
        "exportedAt": datetime.now(UTC).isoformat(timespec="seconds"),
        "names": names,
        "records": [_plain(row) for row in found.records.values()],
        "forgotten": [_plain(row) for row in found.tombstones.values()],
        "people": [_plain(row) for row in found.people],
        "deadLetters": [{"reason": letter.reason, **_letter(text)} for letter, text in found.letters.items()],
        "bodies": [text.decode(errors="replace") for text in found.bodies.values()],
    }


def write(found: Found, file: Path) -> dict[str, object]:
    """Write the document to a file that only its owner may read. Return the receipt: counts, and the file's hash."""
    # Text from an LMS may have lone surrogates, which UTF-8 can't encode.
    text = json.dumps(document(found), indent=2, ensure_ascii=False).encode(errors="replace").decode()
    with private(str(file)) as out:
        out.write(text)
    return {"file": file.name, "sha256": hashlib.sha256(text.encode()).hexdigest(), **found.counts()}


def _plain(row: Row) -> Mapping[str, object]:
    """Return the columns of a row as JSON values. Columns that hold JSON are parsed."""
    return {name: _value(value) for name, value in row.items()}


def _value(value: object) -> object:
    if isinstance(value, str) and value.startswith(("[", "{")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) else str(value)


def _letter(text: bytes) -> dict[str, object]:
    """Return what a letter says and the message in it. If the app didn't write the blob, return its text."""
    try:
        letter = opened(text)
    except NotALetter:
        return {"text": text.decode(errors="replace")}
    facts = {"detail": letter.detail, "firstSeen": letter.first_seen.isoformat(), "attempt": letter.attempt}
    return {**facts, "message": (letter.body() or b"").decode(errors="replace")}
