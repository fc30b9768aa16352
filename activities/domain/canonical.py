"""One form for every identifier, however a publisher writes it. Pure.

Identifiers are brought to this form before they are compared or hashed. Otherwise the same learner or enrolment would
count as two.
"""

import re
from urllib.parse import unquote

from activities.domain.terms import ReferenceKind

_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_MAILTO = re.compile(r"(?:mailto:\s*)+")
# Three times what an address may have, because a percent-encoded character has three.
_LONGEST_ENCODED = 960


def canonical_id(text: str) -> str:
    """Return a UUID in lower case and without `urn:uuid:`. Other identifiers are opaque, so they stay as they are."""
    found = _UUID.fullmatch(text.strip())
    return text if found is None else found[1].lower()


def canonical_address(text: str) -> str:
    """Return an address without `mailto:`, trimmed and in lower case, percent-decoded however often it was encoded."""
    text = _decoded(text).strip().lower()
    found = _MAILTO.match(text)
    return text if found is None else text[found.end() :]


def canonical_value(kind: ReferenceKind, value: str) -> str:
    """Return the value of a reference in its canonical form; for an `lmsAccount`, the id within its source.

    An `employeeId` and an `externalId` are looked up as they are written: the directory and the catalogue own them.
    """
    if kind in {"userPrincipalName", "email"}:
        return canonical_address(value)
    return value if kind in {"employeeId", "externalId"} else canonical_id(value)


def _decoded(text: str) -> str:
    while "%" in text and len(text) <= _LONGEST_ENCODED:
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    return text
