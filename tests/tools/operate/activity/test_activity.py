"""Operators see what an activity should be, what Graph has, why, and what happens next."""

import json
from collections.abc import AsyncIterator

import pytest

from activities.domain.record import row_key
from activities.service import Service
from activities.settings import Settings
from tests.native_event import ASSIGNED
from tests.tools.operate.conftest import Run
from tests.tools.operate.working import at_work, shown
from tools.develop.simulator import Simulator

ENROLMENT = str(ASSIGNED["enrollmentId"])
LEARNER = str(ASSIGNED["learner"]["entraObjectId"])
COURSE = str(ASSIGNED["course"]["learningContentId"])
KEY = row_key(ENROLMENT)
NOTES = "only for your eyes"


@pytest.fixture
async def assigned(service: Service) -> AsyncIterator[None]:
    """An assignment that's in Graph, with the app running."""
    event = ASSIGNED | {"assignment": {"type": "required", "notes": {"contentType": "text", "content": NOTES}}}
    await service.handler.event(json.dumps(event).encode())
    await shown(service)
    async with at_work(service):
        yield


@pytest.fixture
async def shadow(settings: Settings) -> AsyncIterator[Service]:
    """The app in shadow."""
    running = Service(settings.model_copy(update={"sync_mode": "shadow"}))
    yield running
    await running.close()


@pytest.fixture
async def rebuilding(settings: Settings) -> AsyncIterator[Service]:
    """The app after the ledger was lost."""
    running = Service(settings.model_copy(update={"ledger_rebuild": True}))
    yield running
    await running.close()


@pytest.mark.usefixtures("assigned")
@pytest.mark.parametrize(
    "name", [ENROLMENT, KEY, KEY[:12], KEY[:12].upper()], ids=["enrolment", "key", "begin", "case"]
)
async def test_a_settled_activity_is_compared(run: Run, name: str) -> None:
    """The command shows each value with the time that set it, and what Graph has right now."""
    ran = await run("activity", name, "--json")
    assert ran.code == 0, ran.err
    [shown] = ran.objects
    assert (shown["record"], shown["state"]) == (KEY, "settled")
    assert shown["wants"]["status"] == {"value": "inProgress", "since": "2026-03-01T08:00:00+00:00"}
    assert shown["found"]["has"]["status"] == "inProgress"
    assert shown["found"]["differs"] == []
    assert shown["next"] == "nothing: Graph has what the events ask for"


@pytest.mark.usefixtures("assigned")
async def test_drift_is_a_finding_and_repaired_only_on_request(run: Run, simulator: Simulator) -> None:
    """Looking at an activity changes nothing. Only `check` repairs it."""
    [activity] = simulator.activities
    activity.body["status"] = "completed"
    ran = await run("activity", ENROLMENT, "--json")
    assert (ran.code, ran.objects[0]["found"]["differs"]) == (1, ["status"])
    assert activity.body["status"] == "completed"
    ran = await run("activity", ENROLMENT, "check", "--json")
    assert (ran.code, activity.body["status"]) == (0, "inProgress")


@pytest.mark.usefixtures("assigned")
async def test_what_is_about_people_is_hidden_unless_asked_for(run: Run) -> None:
    """Ids and notes are hidden by default. So are enrolment ids, because they often contain the learner's id."""
    for more in ((), ("--json",)):
        ran = await run("activity", ENROLMENT, "--stored", *more)
        assert not any(secret in ran.out + ran.err for secret in (ENROLMENT, LEARNER, NOTES)), ran.out
        ran = await run("activity", ENROLMENT, "--stored", "--show-personal-data", *more)
        assert all(secret in ran.out for secret in (ENROLMENT, LEARNER, NOTES)), ran.out


@pytest.mark.usefixtures("assigned")
async def test_records_are_found_by_learner_and_course(run: Run, service: Service) -> None:
    """Records are found by the names that events used. Several are listed; a single one is shown in full."""
    again = ASSIGNED | {"enrollmentId": "another", "course": {"externalId": "SEC'1"}}
    await service.handler.event(json.dumps(again).encode())
    ran = await run("activity", "--learner", LEARNER.upper(), "--json")
    assert {shown["record"] for shown in ran.objects} == {KEY, row_key("another")}
    assert LEARNER not in ran.out
    for options in (("--course", "SEC'1"), ("--learner", LEARNER, "--course", "SEC'1")):
        [shown] = (await run("activity", *options, "--json", "--stored")).objects
        assert shown["record"] == row_key("another")
        assert "wants" in shown
    ran = await run("activity", "--learner", "nobody@contoso.example")
    assert (ran.code, ran.out) == (1, "")
    assert "there is no such record" in ran.err


async def test_a_parked_record_says_why_and_what_to_do(run: Run, service: Service, simulator: Simulator) -> None:
    """The command points to the dead letter, which says more. Nothing is tried again until somebody asks for it."""
    simulator.configure(unlicensed_learners={LEARNER})
    await service.handler.event(json.dumps(ASSIGNED).encode())
    requests = len(simulator.requests)
    ran = await run("activity", ENROLMENT, "--json")
    [shown] = ran.objects
    assert (ran.code, shown["state"], shown["reason"]) == (1, "parked", "learner_unlicensed")
    assert "assign a licence" in shown["next"]
    assert f"--record {KEY[:12]}" in shown["next"]
    assert len(simulator.requests) == requests
    simulator.configure(unlicensed_learners=set())
    async with at_work(service):
        ran = await run("activity", ENROLMENT, "check", "--json")
    assert (ran.code, ran.objects[0]["state"], len(simulator.activities)) == (0, "settled", 1)


async def test_an_event_of_somebody_else_shows_as_a_dead_letter(run: Run, service: Service) -> None:
    """If somebody else's event was refused, the record itself is fine, and the conflict is shown beside it."""
    await service.handler.event(json.dumps(ASSIGNED).encode())
    stray = ASSIGNED | {"learner": {"entraObjectId": "0b0b0b0b-e020-11ec-9d64-0242ac120002"}}
    await service.handler.event(json.dumps(stray).encode())
    [shown] = (await run("activity", ENROLMENT, "--stored", "--json")).objects
    assert (shown["state"], [letter["reason"] for letter in shown["deadLetters"]]) == ("settled", ["identity_conflict"])


async def test_a_course_that_is_missing_says_so(run: Run, service: Service) -> None:
    """If the catalogue doesn't have the course, the record waits. There's no dead letter yet."""
    await service.handler.event(json.dumps(ASSIGNED | {"course": {"externalId": "missing"}}).encode())
    ran = await run("activity", ENROLMENT, "--json")
    [shown] = ran.objects
    assert (ran.code, shown["state"], shown["reason"]) == (0, "waiting", "content_not_found")
    assert "another try, at about" in shown["next"]


async def test_after_a_loss_of_the_ledger_nothing_is_made_up(run: Run, rebuilding: Service) -> None:
    """The command doesn't mention a create that never happened. It says that a lookup will tell."""
    await rebuilding.handler.event(json.dumps(ASSIGNED | {"course": {"externalId": "missing"}}).encode())
    [shown] = (await run("activity", ENROLMENT, "--json")).objects
    assert (shown["state"], shown["reason"]) == ("unclear", "content_not_found")
    assert shown["graph"] == "unknown: the ledger was lost, and a lookup will tell"
    assert "another try, at about" in shown["next"]


async def test_a_completion_that_waits_for_its_kind_says_so(run: Run, service: Service) -> None:
    """A completion of unknown kind waits for `KIND_GRACE_SECONDS`, and the command says so."""
    completed = {**ASSIGNED, "eventType": "course.completed", "progress": {"status": "completed"}}
    body = {name: value for name, value in completed.items() if name not in ("activity", "assignment")}
    await service.handler.event(json.dumps(body).encode())
    [shown] = (await run("activity", ENROLMENT, "--json")).objects
    assert (shown["state"], shown["reason"]) == ("waiting", "awaiting_kind")


async def test_throttling_says_so(run: Run, service: Service, simulator: Simulator) -> None:
    """Throttling needs no operator: the record waits until Graph accepts requests again."""
    simulator.fault(operation="create", status=429, retry_after="300")
    await service.handler.event(json.dumps(ASSIGNED).encode())
    [shown] = (await run("activity", ENROLMENT, "--json")).objects
    assert (shown["state"], shown["reason"]) == ("waiting", "throttled")


async def test_what_is_held_back_says_so(run: Run, shadow: Service, simulator: Simulator) -> None:
    """The command says that the learner is in shadow, and which step would come next."""
    await shadow.handler.event(json.dumps(ASSIGNED).encode())
    [shown] = (await run("activity", ENROLMENT, "--json")).objects
    assert (shown["state"], shown["reason"]) == ("held_back", "held_back")
    assert "in shadow" in shown["why"]
    assert shown["next"].startswith("create, ")
    assert simulator.activities == []


@pytest.mark.usefixtures("assigned")
async def test_a_rebind_finds_out_anew(run: Run, simulator: Simulator) -> None:
    """A rebind deletes nothing if the learner and the course are still the same."""
    ran = await run("activity", ENROLMENT, "rebind", "--json")
    assert (ran.code, ran.objects[0]["state"]) == (0, "settled")
    assert [request.operation for request in simulator.requests if request.operation != "token"] == ["create"]


async def test_without_the_app_it_says_so_and_shows_the_record(run: Run, service: Service) -> None:
    """If the app isn't running, the command waits a while, shows what's stored, and says which command tells more."""
    await service.handler.event(json.dumps(ASSIGNED).encode())
    ran = await run("activity", ENROLMENT, "--wait", "0.2", "--json")
    assert (ran.code, ran.objects[0]["state"]) == (1, "settled")
    assert "lms-sync doctor" in ran.err


@pytest.mark.parametrize("arguments", [(), ("x", "--learner", "y"), ("--learner", "y", "--unknown"), ("x", "delete")])
async def test_wrong_usage(run: Run, arguments: tuple[str, ...]) -> None:
    """Wrong usage ends with exit code 2."""
    assert (await run("activity", *arguments)).code == 2
