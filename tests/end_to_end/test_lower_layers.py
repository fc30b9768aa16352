"""Faults of the layers below the app, handled by the whole function app."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from activities.service import Service
from tests.end_to_end.hosts import host
from tests.faults.drain import depths
from tests.native_event import event_body
from tests.storage_reading import dead_letters
from tests.tools.develop.eventually import eventually
from tools.develop.simulator import Content, Simulator
from tools.develop.stack import POLLING

COURSE = "catalogue/course 1"
OF_THE_COURSE = event_body(course={"externalId": COURSE})


async def publish(service: Service, *bodies: bytes) -> None:
    """Put messages on the inbound queue."""
    for body in bodies:
        await service.storage.queue(service.settings.events_queue).send_message(body.decode())


@pytest.mark.parametrize("slashes", ["any", "encoded_twice", "query_syntax"])
async def test_a_course_with_a_slash(
    service: Service, environment: Mapping[str, str], simulator: Simulator, tmp_path: Path, slashes: str
) -> None:
    """However Graph wants a slash encoded, the course is found and nothing is held."""
    simulator.configure(slashes=slashes, contents=(Content(id="content-1", external_id=COURSE),))
    await publish(service, OF_THE_COURSE)
    async with host({**environment, POLLING: "00:00:01"}, tmp_path):
        await simulator.wait_until(lambda: simulator.activities, seconds=10)
    [activity] = simulator.activities
    assert activity.body["learningContentId"] == "content-1"


async def test_a_course_that_no_url_reaches(
    service: Service, environment: Mapping[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """If other courses can be found, events of such a course become dead letters that say what to do."""
    others = [Content(id=f"content-{n}", external_id=f"plain-{n}") for n in range(100)]
    simulator.configure(slashes="refused", contents=tuple(others))
    slashed = [event_body(enrollmentId=f"e-{n}", course={"externalId": f"a/{n}"}) for n in range(3)]
    settings = {POLLING: "00:00:01", "BLAME_TRIES": "2", "SHARE_SECONDS": "0.2"}
    plain = iter(event_body(enrollmentId=one.id, course={"externalId": one.external_id}) for one in others)
    await publish(service, next(plain), *slashed)
    async with host({**environment, **settings}, tmp_path):

        async def three_letters() -> bool:
            await publish(service, next(plain))
            await asyncio.sleep(0.3)
            return len(await dead_letters(service.letters)) == len(slashed)

        await eventually(three_letters, 25)
    letters = await dead_letters(service.letters)
    assert {letter.reason for letter in letters} == {"rejected_by_graph"}
    assert all("give the course an external id without a slash" in letter.detail for letter in letters)


async def test_a_hiccup_of_the_identity_holds_nothing(
    service: Service, environment: Mapping[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """Two failures within a second don't count: every event is delivered on its first try."""
    simulator.fault(operation="token", status=500, times=2)
    await publish(service, *(event_body(enrollmentId=f"e-{n}") for n in range(5)))
    async with host({**environment, POLLING: "00:00:01", "HOLD_SECONDS": "300"}, tmp_path):
        await simulator.wait_until(lambda: len(simulator.activities) == 5, seconds=10)
    assert simulator.counts["token", "500"] == 2
    assert await depths([service.storage.queue(service.settings.retry_queue)]) == {}


async def test_a_401_with_a_damaged_challenge_is_no_poison(
    service: Service, environment: Mapping[str, str], simulator: Simulator, tmp_path: Path
) -> None:
    """Five events get this answer. Each is delivered afterwards, without a dead letter."""
    damaged = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ"'}
    simulator.fault(operation="create", status=401, headers=damaged, times=5)
    await publish(service, *(event_body(enrollmentId=f"e-{n}") for n in range(5)))
    async with host({**environment, POLLING: "00:00:01"}, tmp_path) as running:
        await simulator.wait_until(lambda: len(simulator.activities) == 5, seconds=20)
        outcomes = {invocation.outcome for invocation in running.invocations()}
    assert outcomes == {"ok"}
    assert await dead_letters(service.letters) == []
