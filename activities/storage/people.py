"""The table `people`: who the accounts of an LMS are."""

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from activities.domain.canonical import canonical_value
from activities.domain.terms import PersonReferenceKind, Reference
from activities.storage.faults import concerning_all
from activities.storage.keys import keys

# The columns of a row. The first that has a value counts.
COLUMNS: tuple[PersonReferenceKind, ...] = ("entraObjectId", "userPrincipalName", "email", "employeeId")


class People:
    """Finds people. Other storage errors are raised too."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def find(self, account: str) -> Reference | None:
        """Return how the table names the person with this account (the value of an `lmsAccount` reference).

        Raises:
            StorageFault: the table is missing, closed to the app, or ill. Every learner would be unknown.
        """
        try:
            with concerning_all("people"):
                row = await self._table.get_entity(*keys(account))
        except ResourceNotFoundError:
            return None
        for kind in COLUMNS:
            if row.get(kind):
                return Reference(kind, canonical_value(kind, str(row[kind])))
        return None
