"""Who the table of people says that an LMS account is."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from azure.data.tables import EdmType, EntityProperty

from activities.domain.errors import LearnerNotFound, StorageFault
from activities.domain.terms import Reference
from activities.service import Service
from activities.storage.keys import keys
from activities.storage.people import People

ACCOUNT = "moodle\n42"
GUID = "11111111-0000-4000-8000-00000000000a"
ROWS: dict[str, tuple[dict[str, object], Reference | None]] = {
    "an object id": ({"entraObjectId": GUID.upper()}, Reference("entraObjectId", GUID)),
    "an object id as a URN": ({"entraObjectId": f" urn:uuid:{GUID.upper()} "}, Reference("entraObjectId", GUID)),
    "an address": ({"email": " Ann.Smith@contoso.example"}, Reference("email", "ann.smith@contoso.example")),
    "an encoded address": (
        {"userPrincipalName": "mailto:Ann%2ESmith%40contoso.example"},
        Reference("userPrincipalName", "ann.smith@contoso.example"),
    ),
    "an employee number, whose case may matter": ({"employeeId": "E17"}, Reference("employeeId", "E17")),
    "several values, of which the object id counts": (
        {"email": "ann@contoso.example", "entraObjectId": GUID},
        Reference("entraObjectId", GUID),
    ),
    "a blank, and a value": (
        {"entraObjectId": " ", "email": "ann@contoso.example"},
        Reference("email", "ann@contoso.example"),
    ),
    "no value": ({}, None),
    "an Int32": ({"employeeId": 42}, Reference("employeeId", "42")),
    "zero": ({"employeeId": 0}, Reference("employeeId", "0")),
    "an Int64": ({"employeeId": EntityProperty(2**40, EdmType.INT64)}, Reference("employeeId", "1099511627776")),
    "a small Int64": ({"employeeId": EntityProperty(42, EdmType.INT64)}, Reference("employeeId", "42")),
    "a whole Double": ({"employeeId": 42.0}, Reference("employeeId", "42")),
    "a GUID": ({"entraObjectId": UUID(GUID)}, Reference("entraObjectId", GUID)),
}
FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "a Double with a fraction": ({"employeeId": 42.5}, "employeeId is a Double that isn't a whole number"),
    "a Double without all digits": ({"employeeId": 1e17}, "employeeId is a Double that isn't a whole number"),
    "no number": ({"employeeId": float("inf")}, "employeeId is a Double that isn't a whole number"),
    "a Boolean": ({"employeeId": True}, "employeeId is a Boolean"),
    "false": ({"employeeId": False}, "employeeId is a Boolean"),
    "Binary": ({"email": b"ann@contoso.example"}, "email is Binary"),
    "a DateTime": ({"employeeId": datetime(2026, 1, 1, tzinfo=UTC)}, "employeeId is a DateTime"),
    "no object id": ({"entraObjectId": "42"}, "entraObjectId: blank, or in the wrong form"),
    "a number as an object id": ({"entraObjectId": 42}, "entraObjectId: blank, or in the wrong form"),
    "a name that would change a request": ({"userPrincipalName": "a/b@c"}, "userPrincipalName: not a user principal"),
    "a fault before a value": ({"entraObjectId": True, "email": "ann@contoso.example"}, "entraObjectId is a Boolean"),
}


@pytest.mark.parametrize(("row", "reference"), ROWS.values(), ids=ROWS)
async def test_an_account_leads_to_a_reference(
    service: Service, people: People, row: dict[str, object], reference: Reference | None
) -> None:
    """Object ids, user names and addresses are in canonical form, as events have them."""
    partition, key = keys(ACCOUNT)
    table = service.storage.table(service.settings.people_table)
    await table.upsert_entity({"PartitionKey": partition, "RowKey": key, **row})

    assert reference == await people.find(ACCOUNT)


@pytest.mark.parametrize(("row", "problem"), FAULTS.values(), ids=FAULTS)
async def test_a_row_that_names_nobody_says_why(
    service: Service, people: People, row: dict[str, object], problem: str
) -> None:
    """Somebody who fills the table with another tool learns which column is wrong and how. No value is quoted."""
    partition, key = keys(ACCOUNT)
    table = service.storage.table(service.settings.people_table)
    await table.upsert_entity({"PartitionKey": partition, "RowKey": key, **row})

    with pytest.raises(LearnerNotFound) as found:
        await people.find(ACCOUNT)

    assert f"the table `people`: {problem}" in found.value.detail
    assert "ann@" not in found.value.detail


async def test_an_account_that_was_not_loaded_is_nobody(people: People) -> None:
    """The table doesn't have to contain every account."""
    assert await people.find(ACCOUNT) is None


async def test_a_missing_table_is_a_fault_of_storage(service: Service, people: People) -> None:
    """Without the table every learner would be unknown, so events are held instead of dead-lettered."""
    await service.storage.table(service.settings.people_table).delete_table()

    with pytest.raises(StorageFault, match="people: 404 TableNotFound"):
        await people.find(ACCOUNT)


@pytest.fixture
def people(service: Service) -> People:
    """Return this test's table of people."""
    return People(service.storage.table(service.settings.people_table))
