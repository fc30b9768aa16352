"""The keys of table rows."""

from activities.domain.record import row_key

# The partition of the ledger's table whose rows aren't records: what processes tell each other.
SHARED_PARTITION = "_shared"
# Query condition: only the rows of that table that are records.
RECORDS = f"PartitionKey ne '{SHARED_PARTITION}'"


def keys(text: str) -> tuple[str, str]:
    """Return the partition key and row key for an enrolment id or an LMS account."""
    row = row_key(text)
    return row[:2], row
