"""`lms-sync forget`: what it says first, what it does, and what it leaves. `tests/end_to_end` searches for traces."""

import asyncio

import pytest

from activities.domain.outcomes import Action, Done
from activities.domain.record import FORGOTTEN, row_key
from activities.service import Service
from activities.storage.people import People
from tests.heartbeat import beat
from tests.storage_reading import texts
from tests.tools.operate.conftest import Ran, Run
from tests.tools.operate.privacy.conftest import ANN, ANN_MAIL, BEN_MAIL
from tests.tools.operate.working import at_work, drained, shown
from tools.develop.simulator import Simulator

ENROLMENTS = ("by-mail", "by-account", "by-id")


async def forgotten(service: Service, run: Run, *options: str) -> Ran:
    """Run the command while the app handles the messages on the retry queue."""
    done = asyncio.Event()

    async def handle() -> None:
        while not done.is_set():
            for text in await texts(service.storage.queue(service.settings.retry_queue)):
                await service.handler.retry(text.encode())
            await asyncio.sleep(0.05)

    handling = asyncio.ensure_future(handle())
    told = await run("forget", "--learner", ANN_MAIL, *options)
    done.set()
    await handling
    return told


async def states(service: Service) -> set[str]:
    """Return the states of the learner's records."""
    return {(await service.ledger.load(one)).record.state for one in ENROLMENTS}


async def test_without_yes_nothing_is_forgotten(kept: Service, run: Run) -> None:
    """Without `--yes`, the command says what there is, names nobody, and sends no message."""
    told = await run("forget", "--learner", ANN, "--json")
    assert (told.code, told.objects[0]["records"], told.objects[0]["assignerOf"]) == (2, 3, 1)
    assert await texts(kept.storage.queue(kept.settings.retry_queue)) == []
    shown = await run("forget", "--learner", ANN)
    assert "Nothing was forgotten" in shown.out
    assert ANN_MAIL not in shown.out + shown.err


@pytest.mark.parametrize(("options", "left"), [((), 4), (("--activities",), 1)], ids=["activities stay", "they go"])
async def test_a_learner_is_forgotten_and_others_are_not(
    kept: Service, run: Run, simulator: Simulator, options: tuple[str, ...], left: int
) -> None:
    """Ann's records become tombstones. Ben's record, letter and activity stay as they were."""
    told = await forgotten(kept, run, "--yes", "--json", *options)
    assert told.code == 0, told
    assert told.objects == [
        {
            "records": 3,
            "deadLetters": 1,
            "bodies": 0,
            "people": 1,
            "activitiesOfForgotten": 0,
            "waiting": [],
            "inShadow": [],
            "shared": 0,
            "unread": 0,
            "tombstones": 3,
        }
    ]
    assert await states(kept) == {FORGOTTEN}
    assert len(simulator.activities) == left
    assert (await kept.ledger.load("of-ben")).record.state == "settled"
    letters = [await kept.letters.read(facts.id) async for facts in kept.letters.list()]
    assert [letter.body() for letter in letters if letter is not None] == [f"not JSON, about {BEN_MAIL}".encode()]
    assert await People(kept.storage.table(kept.settings.people_table)).find("lms\n4711") is None


async def test_an_app_that_does_not_run(kept: Service, run: Run) -> None:
    """If the app isn't running, the messages wait, and the command says so. Repeated messages change nothing."""
    for _ in range(2):
        told = await run("forget", "--learner", ANN, "--yes", "--json", "--wait", "0")
        assert (told.code, sorted(told.objects[0]["waiting"])) == (1, sorted(map(row_key, ENROLMENTS)))
    assert FORGOTTEN not in await states(kept)
    outcomes = [
        await kept.handler.retry(text.encode()) for text in await texts(kept.storage.queue(kept.settings.retry_queue))
    ]
    assert sorted(outcomes, key=str) == [Done(Action.FORGOTTEN)] * 3 + [Done(Action.UNCHANGED)] * 3
    again = await run("forget", "--learner", ANN, "--json")
    assert (again.code, again.objects[0]["records"], again.objects[0]["tombstones"]) == (0, 0, 3)


async def test_whoever_is_forgotten_is_not_found_again(kept: Service, run: Run) -> None:
    """A tombstone can't be found by an address. If its activity stayed in Graph, the object id still finds it."""
    await forgotten(kept, run, "--yes")
    by_mail = await run("forget", "--learner", ANN_MAIL, "--json")
    assert (by_mail.code, by_mail.objects[0]["tombstones"], by_mail.objects[0]["assignerOf"]) == (0, 0, 1)
    by_id = await run("forget", "--learner", ANN, "--json")
    assert (by_id.code, by_id.objects[0]["tombstones"]) == (0, 3)


@pytest.mark.usefixtures("kept")
async def test_the_ledger_is_printed_without_people(run: Run) -> None:
    """The export has one object per line. Learner data is included only on request."""
    plain = await run("ledger", "export")
    assert {one["record"] for one in plain.objects} == {row_key(name) for name in (*ENROLMENTS, "of-ben")}
    assert {one["state"] for one in plain.objects} == {"settled"}
    for word in (ANN, ANN_MAIL, BEN_MAIL, "by-mail"):
        assert word not in plain.out
    whole = await run("ledger", "export", "--show-personal-data")
    assert ANN_MAIL in whole.out
    assert (await run("ledger", "export", "--state", "parked")).objects == []


async def test_activities_that_have_stayed_are_deleted_later(kept: Service, run: Run, simulator: Simulator) -> None:
    """Tombstones don't name their enrolments, so the operator has to. Only those of this learner are accepted."""
    await forgotten(kept, run, "--yes")
    assert len(simulator.activities) == len(ENROLMENTS) + 1
    await shown(kept)
    options = ("--learner", ANN, "--activities", "--yes", "--json", "--wait", "20")
    for one in ("of-ben", "never-heard-of"):
        assert (await run("forget", *options, "--enrolment", one)).code == 2
    async with at_work(kept):
        ran = await run("forget", *options, "--enrolment", "by-id", "--enrolment", "by-mail")
    assert (ran.code, ran.objects[0]["activitiesOfForgotten"], ran.objects[0]["waiting"]) == (0, 2, [])
    assert sorted(one.external_id for one in simulator.activities) == ["by-account", "of-ben"]
    assert (await run("forget", *options, "--enrolment", "by-id")).code == 2


async def test_in_shadow_no_activity_is_deleted(kept: Service, run: Run, simulator: Simulator) -> None:
    """In shadow, the receipt says which records are held back. They're forgotten once they're set going."""
    shadow = Service(kept.settings.model_copy(update={"sync_mode": "shadow"}))
    options = ("--learner", ANN, "--activities", "--yes", "--wait", "20")
    async with at_work(shadow):
        ran = await run("forget", *options, "--json")
        assert (ran.code, ran.objects[0]["records"], ran.objects[0]["waiting"]) == (1, 0, [])
        assert sorted(ran.objects[0]["inShadow"]) == sorted(map(row_key, ENROLMENTS))
        assert "lms-sync reconcile --pending" in (await run("forget", *options)).err
    await shadow.close()
    assert (await states(kept), len(simulator.activities)) == ({"held_back"}, len(ENROLMENTS) + 1)
    async with at_work(kept):
        assert (await run("reconcile", "--pending", "--rate", "100")).code == 0
        await drained(kept)
    assert (await states(kept), len(simulator.activities)) == ({FORGOTTEN}, 1)


async def test_in_shadow_activities_that_have_stayed_stay(kept: Service, run: Run, simulator: Simulator) -> None:
    """Tombstones don't say whether their learner is live. Unless everybody is, the command stops before sending."""
    await forgotten(kept, run, "--yes")
    await beat(kept.settings.model_copy(update={"pilot_learners": frozenset({ANN})}))
    ran = await run("forget", "--learner", ANN, "--activities", "--yes", "--enrolment", "by-id")
    assert (ran.code, "in shadow, except for a pilot group of 1" in ran.err) == (1, True)
    assert len(simulator.activities) == len(ENROLMENTS) + 1
    assert await texts(kept.storage.queue(kept.settings.retry_queue)) == []
