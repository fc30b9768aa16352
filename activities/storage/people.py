"""The table `people`: who the accounts of an LMS are."""

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables.aio import TableClient

from activities.domain.errors import ConfigurationFault
from activities.domain.terms import PersonReferenceKind, Reference
from activities.storage.keys import keys

# The columns of a row. The first that has a value counts.
COLUMNS: tuple[PersonReferenceKind, ...] = ("entraObjectId", "userPrincipalName", "email", "employeeId")


class People:
    """Finds people. What else the table service refuses is raised, and the host delivers the message again."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def find(self, account: str) -> Reference | None:
        """Return how the table names the person with this account (the value of an `lmsAccount` reference).

        Raises:
            ConfigurationFault: there is no table.
        """
        try:
            row = await self._table.get_entity(*keys(account))
        except ResourceNotFoundError as error:
            if error.error_code == "TableNotFound":  # type: ignore[attr-defined]  # set by the tables SDK
                raise ConfigurationFault("people: no such table") from error
            return None
        for kind in COLUMNS:
            if row.get(kind):
                value = str(row[kind])
                return Reference(kind, value if kind == "employeeId" else value.strip().lower())
        return None
