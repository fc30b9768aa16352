"""The keys of rows."""

from activities.domain.record import row_key


def keys(text: str) -> tuple[str, str]:
    """Return partition and row key of an enrolment id, or of an account of an LMS."""
    row = row_key(text)
    return row[:2], row
