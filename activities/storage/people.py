"""The table `people`: who the accounts of an LMS are."""

from azure.core.exceptions import HttpResponseError
from azure.data.tables.aio import TableClient

from activities.domain.terms import PersonReferenceKind, Reference
from activities.storage.keys import keys
from activities.storage.refusals import configuration_fault, is_missing_row

# The columns of a row. The first that has a value counts.
COLUMNS: tuple[PersonReferenceKind, ...] = ("entraObjectId", "userPrincipalName", "email", "employeeId")


class People:
    """Finds people. Other storage errors are raised too, and the host delivers the message again."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def find(self, account: str) -> Reference | None:
        """Return how the table names the person with this account (the value of an `lmsAccount` reference).

        Raises:
            ConfigurationFault: there is no table, or the app may not read it.
        """
        try:
            row = await self._table.get_entity(*keys(account))
        except HttpResponseError as error:
            if is_missing_row(error):
                return None
            raise configuration_fault("people", error) or error from error
        for kind in COLUMNS:
            if row.get(kind):
                value = str(row[kind])
                return Reference(kind, value if kind == "employeeId" else value.strip().lower())
        return None
