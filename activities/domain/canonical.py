"""Converts identifiers to one canonical form, however a publisher writes them. Pure.

This happens before identifiers are compared or hashed. Otherwise the same learner or enrolment could count as two.
"""

import re
from urllib.parse import unquote

from activities.domain.terms import ReferenceKind

_UUID = re.compile(r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_MAILTO = re.compile(r"(?:mailto:\s*)+")
# Three times the length limit of an address, because a percent-encoded character takes three characters.
_LONGEST_ENCODED = 960


def canonical_id(text: str) -> str:
    """Return a UUID in lower case and without `urn:uuid:`. Other identifiers are opaque, so they stay unchanged."""
    found = _UUID.fullmatch(text.strip())
    return text if found is None else found[1].lower()


def canonical_address(text: str) -> str:
    """Return an address without `mailto:`, trimmed and in lower case. Undo any number of percent-encodings."""
    text = _decoded(text).strip().lower()
    found = _MAILTO.match(text)
    return text if found is None else text[found.end() :]


def canonical_value(kind: ReferenceKind, value: str) -> str:
    """Return the value of a reference in canonical form. For an `lmsAccount`, `value` is the id within its source.

    An `employeeId` and an `externalId` stay unchanged, because the directory and the catalogue define their form.
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
