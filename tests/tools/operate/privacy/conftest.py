"""Stored data about two learners: Ann, whom the commands look for, and Ben, whose data must stay as it is."""

import json
from typing import Any

import pytest

from activities.domain.outcomes import DeadLetter
from activities.service import Service
from activities.storage.keys import keys
from tests.native_event import event_body
from tools.develop.simulator import Simulator, User

ANN, BEN = "aaaaaaaa-e020-11ec-9d64-0242ac120002", "bbbbbbbb-e020-11ec-9d64-0242ac120002"
ANN_MAIL, BEN_MAIL = "ann.lee@contoso.example", "ben.lee@contoso.example"
ACCOUNT = {"source": "lms", "id": "4711"}
USERS = (
    User(id=ANN, user_principal_name=ANN_MAIL, mail=ANN_MAIL),
    User(id=BEN, user_principal_name=BEN_MAIL, mail=BEN_MAIL),
)


async def know(service: Service, person: str = ANN, **account: str) -> None:
    """Add the person behind an account to the table of people."""
    known = ACCOUNT | account
    partition, row = keys("\n".join(known.values()))
    table = service.storage.table(service.settings.people_table)
    await table.upsert_entity({"PartitionKey": partition, "RowKey": row, **known, "entraObjectId": person})


def body(enrolment: str, **changes: object) -> bytes:
    """Return an event of an enrolment that names Ann by her address."""
    names: dict[str, Any] = {"eventId": enrolment, "enrollmentId": enrolment, "learner": {"email": ANN_MAIL}}
    return event_body(**(names | changes))


def batch(*events: bytes) -> bytes:
    """Return one message with several events."""
    return json.dumps([json.loads(one) for one in events]).encode()


@pytest.fixture
async def kept(service: Service, simulator: Simulator) -> Service:
    """Three records of Ann's, each with a different name; one of Ben's; a letter about each; Ann's row in `people`."""
    simulator.configure(users=USERS)
    await know(service)
    for text in (
        body("by-mail"),
        body("by-account", learner={"lmsAccount": ACCOUNT}),
        body("by-id", learner={"entraObjectId": ANN}),
        body("of-ben", learner={"email": BEN_MAIL}, assignment={"type": "required", "assigner": {"email": ANN_MAIL}}),
    ):
        await service.handler.event(text)
    for name in (ANN_MAIL, BEN_MAIL):
        assert isinstance(await service.handler.event(f"not JSON, about {name}".encode()), DeadLetter)
    return service
