"""The table `people`: who the accounts of an LMS are."""

from datetime import datetime
from uuid import UUID

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import EntityProperty
from azure.data.tables.aio import TableClient
from pydantic import ValidationError

from activities.domain.errors import LearnerNotFound
from activities.domain.event_parts import Person
from activities.domain.event_reading import complaint
from activities.domain.terms import PersonReferenceKind, Reference
from activities.storage.faults import concerning_all
from activities.storage.keys import keys

# The columns of a row. The first that has a value counts.
COLUMNS: tuple[PersonReferenceKind, ...] = ("entraObjectId", "userPrincipalName", "email", "employeeId")
# Up to here, a Double has all digits of a whole number.
_EXACT = 2**53
_TYPES = {bool: "a Boolean", bytes: "Binary", datetime: "a DateTime"}


class People:
    """Finds people. Other storage errors are raised too."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def find(self, account: str) -> Reference | None:
        """Return how the table names the person with this account (the value of an `lmsAccount` reference).

        Raises:
            LearnerNotFound: the row has a value that names nobody. The message says what is wrong with it.
            StorageFault: the table is missing, closed to the app, or ill. Every learner would be unknown.
        """
        try:
            with concerning_all("people"):
                row = await self._table.get_entity(*keys(account))
        except ResourceNotFoundError:
            return None
        for kind in COLUMNS:
            text = text_of(kind, row.get(kind))
            if text:
                return _reference(kind, text)
        return None


def text_of(column: str, value: object) -> str:
    """Return the value of a column as text, empty if it has none.

    Other tools than this project's fill the table too, and write numbers as numbers and object ids as GUIDs.

    Raises:
        LearnerNotFound: the value is of a type that names nobody, such as a Boolean.
    """
    # The SDK hands out an Int64 in this form, so that its type is not lost.
    plain = value.value if isinstance(value, EntityProperty) else value
    match plain:
        case None:
            return ""
        case str():
            return plain if plain.strip() else ""
        case UUID():
            return str(plain)
        case float():
            if not plain.is_integer() or abs(plain) > _EXACT:
                raise _fault(f"{column} is a Double that is no whole number")
            return str(int(plain))
        case int() if not isinstance(plain, bool):
            return str(plain)
    kind = next((name for known, name in _TYPES.items() if isinstance(plain, known)), "of an unknown type")
    raise _fault(f"{column} is {kind}")


def _reference(kind: PersonReferenceKind, text: str) -> Reference:
    """Return a reference that follows the same rules as one in an event."""
    try:
        return Person.model_validate({kind: text}).reference
    except ValidationError as error:
        problem = complaint(error)
    raise _fault(problem)


def _fault(problem: str) -> LearnerNotFound:
    return LearnerNotFound(f"the row of this account in the table `people`: {problem}; write it as text in its form")
