"""The canonical form of identifiers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.domain.canonical import canonical_address, canonical_id, canonical_value
from activities.domain.terms import ReferenceKind

UUID = "3f8a1c52-6f0e-4f6a-9a31-0c3b6d3f9e10"
# What addresses are encoded with. Hypothesis seldom writes such text by chance.
PIECES = ["%", "%25", "40", "%C3%A4", "%zz", "mailto:", "MAILTO:", " ", "a", "Ä", "@"]
encoded = st.lists(st.sampled_from(PIECES)).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UUID, UUID),
        (UUID.upper(), UUID),
        (f"urn:uuid:{UUID}", UUID),
        (f" URN:UUID:{UUID.upper()} ", UUID),
        ("SAFETY-101", "SAFETY-101"),
        (" Case-Matters ", " Case-Matters "),
        (f"{UUID}-A", f"{UUID}-A"),
        (f"course:{UUID.upper()}", f"course:{UUID.upper()}"),
        (UUID.replace("-", "").upper(), UUID.replace("-", "").upper()),
    ],
)
def test_ids(text: str, expected: str) -> None:
    """A UUID has one form. Anything that isn't a UUID stays as it is."""
    assert canonical_id(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ann@example.org", "ann@example.org"),
        (" Ann@Example.ORG\n", "ann@example.org"),
        ("mailto:ann@example.org", "ann@example.org"),
        ("MailTo: ann@example.org", "ann@example.org"),
        ("ann%40example.org", "ann@example.org"),
        ("mailto:ann%2Bx%40example.org%20", "ann+x@example.org"),
        ("ann%2540example.org", "ann@example.org"),
        ("mailto%3Aann@example.org", "ann@example.org"),
        ("J%C3%96RG@example.org", "jörg@example.org"),
        ("ann+x@example.org", "ann+x@example.org"),
        ("100%@example.org", "100%@example.org"),
    ],
)
def test_addresses(text: str, expected: str) -> None:
    """An address has no `mailto:`, no percent-encoding, no spaces around it and no upper case."""
    assert canonical_address(text) == expected


@given(st.text() | encoded)
def test_the_canonical_form_of_a_canonical_form_is_itself(text: str) -> None:
    """It makes no difference how often an identifier is put into its canonical form."""
    for canonical in (canonical_id, canonical_address):
        assert canonical(canonical(text)) == canonical(text)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("entraObjectId", UUID.upper(), UUID),
        ("userPrincipalName", "Ann@Example.org", "ann@example.org"),
        ("email", "mailto:Ann@Example.org", "ann@example.org"),
        ("employeeId", UUID.upper(), UUID.upper()),
        ("lmsAccount", f"urn:uuid:{UUID}", UUID),
        ("lmsAccount", "Ann@Example.org", "Ann@Example.org"),
        ("learningContentId", UUID.upper(), UUID),
        ("externalId", f"urn:uuid:{UUID}", f"urn:uuid:{UUID}"),
    ],
)
def test_values_of_references(kind: ReferenceKind, value: str, expected: str) -> None:
    """A value that the directory or the catalogue is asked for stays as written. The others get their kind's form."""
    assert canonical_value(kind, value) == expected
