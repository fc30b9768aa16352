"""Who the table of people says an account of an LMS is."""

import pytest

from activities.domain.errors import StorageFault
from activities.domain.terms import Reference
from activities.service import Service
from activities.storage.keys import keys
from activities.storage.people import People

ACCOUNT = "moodle\n42"
GUID = "11111111-0000-4000-8000-00000000000a"
ROWS: dict[str, tuple[dict[str, str], Reference | None]] = {
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
    "no value": ({}, None),
}


@pytest.mark.parametrize(("row", "reference"), ROWS.values(), ids=ROWS)
async def test_an_account_leads_to_a_reference(
    service: Service, people: People, row: dict[str, str], reference: Reference | None
) -> None:
    """Object ids, user names and addresses are in their canonical form, as events have them."""
    partition, key = keys(ACCOUNT)
    table = service.storage.table(service.settings.people_table)
    await table.upsert_entity({"PartitionKey": partition, "RowKey": key, **row})

    assert reference == await people.find(ACCOUNT)


async def test_an_account_that_was_not_loaded_is_nobody(people: People) -> None:
    """The table does not have to hold every account."""
    assert await people.find(ACCOUNT) is None


async def test_a_missing_table_is_a_fault_of_storage(service: Service, people: People) -> None:
    """Without the table every learner would be unknown, so events are held instead of dead-lettered."""
    await service.storage.table(service.settings.people_table).delete_table()

    with pytest.raises(StorageFault, match="people: 404 TableNotFound"):
        await people.find(ACCOUNT)


@pytest.fixture
def people(service: Service) -> People:
    """The table of people of this test."""
    return People(service.storage.table(service.settings.people_table))
