"""`forget`: no trace of a learner is left, and none comes back, whatever is still in progress."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError

from activities.domain.record import FORGOTTEN
from activities.service import Service
from activities.storage.keys import keys
from tests.end_to_end.hosts import host
from tests.everywhere import found
from tests.native_event import event_body
from tests.tools.develop.eventually import eventually
from tests.tools.operate.conftest import Run, run
from tools.develop.simulator import Content, Simulator, User
from tools.develop.stack import POLLING

__all__ = ["run"]

ANN, MAIL = "a11aa11a-e020-11ec-9d64-0242ac120002", "ann.forgotten@contoso.example"
ACCOUNT = {"source": "lms", "id": "account-of-ann-4711"}
ENROLMENTS = ("enrolment-of-ann-1", "enrolment-of-ann-2", "enrolment-of-ann-3")
NOTES = "Dear Ann, please complete this"
# Everything that identifies the learner.
WORDS = (ANN, MAIL, ACCOUNT["id"], NOTES, "of-ann")
COURSE = "57baf9dc-e020-11ec-9d64-0242ac120002"
OTHER = "enrolment-of-ben"


def of_ann(enrolment: str, number: int = 1, **changes: object) -> str:
    """Return an event about Ann. A higher number means a later event."""
    names = {"eventId": f"{enrolment} {number}", "enrollmentId": enrolment, "learner": {"email": MAIL}}
    terms = {"assignment": {"type": "required", "notes": {"content": NOTES}}}
    return event_body(**{**names, "occurredAt": f"2026-03-0{number}T09:00:00Z", **terms, **changes}).decode()


# One is throttled and waits on the retry queue, hidden, with its body in a blob; one only merges; one is refused.
THROTTLED = of_ann(ENROLMENTS[0], 2, progress={"percentage": 40}, padding="x" * 70_000)
MERGED = of_ann(ENROLMENTS[0], 3, progress={"percentage": 41})
REFUSED = of_ann(ENROLMENTS[1], 2, learner={"lmsAccount": {**ACCOUNT, "id": "nobody"}})
EVENTS = [*(of_ann(one) for one in ENROLMENTS[:2]), of_ann(ENROLMENTS[2], learner={"lmsAccount": ACCOUNT})]


@pytest.mark.parametrize("activities", [False, True], ids=["activities stay", "activities go"])
async def test_nothing_of_a_forgotten_learner_is_left_and_nothing_comes_back(  # noqa: PLR0913  fixtures
    service: Service,
    environment: Mapping[str, str],
    simulator: Simulator,
    tmp_path: Path,
    run: Run,
    *,
    activities: bool,
) -> None:
    """Tables, queues, blobs and logs are searched byte by byte, at once and again after everything hidden comes due.

    Then every event comes again. Last, a later event continues, with the same activity if that was kept.
    """
    storage, settings = service.storage, service.settings
    simulator.configure(
        users=(User(id=ANN, user_principal_name=MAIL, mail=MAIL),), contents=(Content(id=COURSE, external_id="17"),)
    )
    events, retries = storage.queue(settings.events_queue), storage.queue(settings.retry_queue)
    partition, row = keys("\n".join(ACCOUNT.values()))
    person = {"PartitionKey": partition, "RowKey": row, **ACCOUNT, "entraObjectId": ANN}
    await storage.table(settings.people_table).upsert_entity(person)

    async def letters() -> list[str]:
        return [letter.reason async for letter in service.letters.list()]

    async def is_quiet() -> bool:
        return not any([(await queue.get_queue_properties()).approximate_message_count for queue in (events, retries)])

    async def everywhere() -> list[str]:
        return await found(environment["AzureWebJobsStorage"], WORDS, environment)

    async with host({**environment, POLLING: "00:00:01"}, tmp_path):
        for text in (*EVENTS, event_body(enrollmentId=OTHER).decode()):
            await events.send_message(text)
        await simulator.wait_until(lambda: len(simulator.activities) == len(EVENTS) + 1, seconds=60)
        await eventually(is_quiet)
        simulator.fault(operation="update", status=429, retry_after="8", times=1)
        await service.delivery.take(THROTTLED)
        await eventually(lambda: _is_hidden(service))
        await service.delivery.take(MERGED)
        await events.send_message(REFUSED)
        await eventually(letters)
        assert len(await everywhere()) >= len(EVENTS) + 2

        told = await run("forget", "--learner", MAIL, "--yes", "--json", *(["--activities"] if activities else []))

        assert (told.code, told.err) == (0, ""), told
        [receipt] = told.objects
        assert {name: receipt[name] for name in ("records", "people", "waiting", "shared")} == {
            "records": 3,
            "people": 1,
            "waiting": [],
            "shared": 0,
        }
        assert not [word for word in WORDS if word in told.out]
        assert await everywhere() == []
        # The hidden messages have come due and found the tombstone.
        await eventually(is_quiet)
        assert await everywhere() == []

        rows = {one: await _row(service, one) for one in ENROLMENTS}
        for text in (*EVENTS[:2], THROTTLED, MERGED):
            await service.delivery.take(text)
        await eventually(is_quiet)
        assert await everywhere() == []
        assert {one: await _row(service, one) for one in ENROLMENTS} == rows
        assert {one["state"] for one in rows.values()} == {FORGOTTEN}

        before = {one.external_id: one.id for one in simulator.activities}
        assert before.keys() == {OTHER} if activities else {OTHER, *ENROLMENTS}
        await events.send_message(of_ann(ENROLMENTS[0], 4, progress={"percentage": 90}))
        await simulator.wait_until(lambda: _percentage(simulator) == 90, seconds=60)
        await eventually(is_quiet)
    [again] = [one for one in simulator.activities if one.external_id == ENROLMENTS[0]]
    assert (again.id == before.get(ENROLMENTS[0])) is not activities
    assert not [word for word in WORDS if word.encode() in _logs(tmp_path)]
    assert await letters() == []


def _logs(folder: Path) -> bytes:
    """Return everything that the host and its processes have written."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _percentage(simulator: Simulator) -> object:
    found = [one.body.get("completionPercentage") for one in simulator.activities if one.external_id == ENROLMENTS[0]]
    return found[0] if found else None


async def _is_hidden(service: Service) -> bool:
    """Whether a hidden retry is waiting."""
    queue = service.storage.queue(service.settings.retry_queue)
    waiting = (await queue.get_queue_properties()).approximate_message_count or 0
    return bool(waiting) and not await queue.peek_messages()


async def _row(service: Service, enrolment: str) -> dict[str, object]:
    try:
        return dict(await service.storage.table(service.settings.activities_table).get_entity(*keys(enrolment)))
    except ResourceNotFoundError:
        return {}
