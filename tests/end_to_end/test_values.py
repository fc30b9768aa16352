"""Times and numbers as other systems write them, through the function app."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import pytest
from azure.data.tables import EdmType, EntityProperty

from activities.service import Service
from activities.storage.keys import keys
from tests.end_to_end.hosts import host
from tests.native_event import event_body
from tests.storage_reading import dead_letters
from tests.tools.develop.eventually import eventually
from tools.develop.simulator import Simulator, User

EMPLOYEE = User(
    id="11111111-0000-4000-8000-00000000000a", user_principal_name="ann@contoso.example", employee_id="1099511627776"
)

type Send = Callable[..., Awaitable[None]]


@pytest.fixture
async def send(service: Service, environment: Mapping[str, str], tmp_path: Path) -> AsyncIterator[Send]:
    """Send a native event to the function app."""
    queue = service.storage.queue(service.settings.events_queue)

    async def send(**changes: object) -> None:
        await queue.send_message(event_body(**changes).decode())

    async with host(environment, tmp_path) as running:
        await running.ready()
        yield send


@pytest.mark.parametrize("time", ["2026-03-01 18:00:00+09", "2026-03-01 09:00:00+00", "2026-03-01t09:00:00z"])
async def test_times_as_databases_write_them(send: Send, simulator: Simulator, time: str) -> None:
    """The offset may have only hours, a space may replace the T, and letters may be lower case."""
    await send(occurredAt=time, assignment={"type": "required", "assignedAt": time, "dueAt": time})
    await simulator.wait_until(lambda: simulator.activities, seconds=30)
    [activity] = simulator.activities
    assert activity.body["assignedDateTime"] == "2026-03-01T09:00:00+00:00"
    assert activity.body["dueDateTime"]["dateTime"].startswith("2026-03-01T09:00:00")


@pytest.mark.parametrize("value", [EntityProperty(2**40, EdmType.INT64), float(2**40)], ids=["Int64", "Double"])
async def test_an_employee_number_that_is_a_number(
    send: Send, service: Service, simulator: Simulator, value: object
) -> None:
    """Another tool filled the table of people and wrote numbers as numbers."""
    simulator.config.users = (EMPLOYEE,)
    await _know(service, value)
    await send(learner={"lmsAccount": {"source": "lms", "id": "4711"}})
    await simulator.wait_until(lambda: simulator.activities, seconds=30)
    assert [activity.body["learnerUserId"] for activity in simulator.activities] == [EMPLOYEE.id]


async def test_a_row_that_names_nobody_is_a_dead_letter_that_says_so(send: Send, service: Service) -> None:
    """An operator learns which column to correct. Other people's events aren't affected."""
    await _know(service, 42.5)
    await send(learner={"lmsAccount": {"source": "lms", "id": "4711"}})

    async def written() -> bool:
        return bool(await dead_letters(service.letters))

    await eventually(written)
    [letter] = await dead_letters(service.letters)
    assert letter.reason == "learner_not_found"
    assert "`people`: employeeId is a Double that isn't a whole number" in letter.detail


async def test_a_refused_event_says_in_words_what_is_wrong(send: Send, service: Service) -> None:
    """The detail names each property and says what's wrong with it."""
    await send(occurredAt="2026-03-01T09:00:00", learner={"employeeId": " "}, progress={"percentage": "half"})

    async def written() -> bool:
        return bool(await dead_letters(service.letters))

    await eventually(written)
    [letter] = await dead_letters(service.letters)
    assert json.loads(letter.text())["detail"] == (
        "occurredAt: a time without an offset such as Z or +01:00; learner.employeeId: blank, or in the wrong form"
    )


async def _know(service: Service, employee: object) -> None:
    partition, row = keys("lms\n4711")
    people = service.storage.table(service.settings.people_table)
    await people.upsert_entity({"PartitionKey": partition, "RowKey": row, "employeeId": employee})
