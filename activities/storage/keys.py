"""The keys of rows."""

from activities.domain.record import row_key

# Rows of the ledger's table that are not records: what processes tell each other.
SHARED_PARTITION = "_shared"
# Which rows of that table are records: a condition of a query.
RECORDS = f"PartitionKey ne '{SHARED_PARTITION}'"


def keys(text: str) -> tuple[str, str]:
    """Return partition and row key of an enrolment id, or of an account of an LMS."""
    row = row_key(text)
    return row[:2], row
