"""People and courses for tests of references, and what an operator loads into the table of people."""

from azure.data.tables import UpdateMode

from activities.domain.terms import Reference, Subject
from activities.service import Service
from activities.storage.keys import keys
from tools.develop.simulator import Content, User

ANN = User(
    id="11111111-0000-4000-8000-000000000001",
    user_principal_name="ann@contoso.example",
    mail="ann.smith@contoso.example",
    employee_id="E'17",
)
BOB = User(
    id="11111111-0000-4000-8000-000000000002",
    user_principal_name="bob@contoso.example",
    mail="twin@contoso.example",
)
EVE = User(
    id="11111111-0000-4000-8000-000000000003",
    user_principal_name="eve@contoso.example",
    mail="twin@contoso.example",
)
COURSE = Content(id="content-1", external_id="SAFETY/1 'a'")
OTHER_COURSE = Content(id="content-2", external_id="FIRE-2")
LEARNER, CONTENT = Reference("entraObjectId", ANN.id), Reference("learningContentId", COURSE.id)


def subject(learner: Reference = LEARNER, course: Reference = CONTENT) -> Subject:
    """Return who learns what."""
    return Subject(learner, course)


async def load_person(service: Service, account: str, **row: str) -> None:
    """Write a row of the table of people, as an operator does."""
    partition, key = keys(account)
    people = service.storage.table(service.settings.people_table)
    await people.upsert_entity({"PartitionKey": partition, "RowKey": key, **row}, mode=UpdateMode.REPLACE)
