"""The table `people`, which says who the LMS's own accounts are."""

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

# The columns of a row. The first one with a value counts.
COLUMNS: tuple[PersonReferenceKind, ...] = ("entraObjectId", "userPrincipalName", "email", "employeeId")
# Up to here, a Double holds every digit of a whole number.
_EXACT = 2**53
_TYPES = {bool: "a Boolean", bytes: "Binary", datetime: "a DateTime"}


class People:
    """Finds people. Storage errors that `find` doesn't mention are raised as they are."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def find(self, account: str) -> Reference | None:
        """Return how the table names the person with this account (the value of an `lmsAccount` reference).

        Raises:
            LearnerNotFound: the row has a value that can't name a person. The message says what's wrong with it.
            StorageFault: the table is missing, closed to the app, or failing. Every learner would be unknown.
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
    """Return a column's value as text, or an empty text if it has none.

    Other tools also fill this table, and they write numbers as numbers and object ids as GUIDs.

    Raises:
        LearnerNotFound: a value of this type, such as a Boolean, can't name a person.
    """
    # The SDK returns an Int64 in this form to preserve its type.
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
                raise _fault(f"{column} is a Double that isn't a whole number")
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
    return LearnerNotFound(f"this account's row in the table `people`: {problem}; write it as text, in its usual form")
