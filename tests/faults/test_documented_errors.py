"""Each error that the Graph reference documents, from the simulated tenant to what becomes of the event."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from azure.storage.queue.aio import QueueServiceClient

from activities.domain.outcomes import Action, DeadLetter, Done, Outcome, Reason, Retry, RetryReason
from activities.service import Service
from activities.settings import Settings
from tests.faults.drain import depths
from tests.faults.workload import FIRST, Event, story
from tools.develop.simulator import Content, Quota, Simulator

ASSIGNED, STARTED, *_ = story(Random(3), FIRST)  # noqa: S311 - the same in every run
LEARNER, CONTENT = ASSIGNED["learner"]["entraObjectId"], ASSIGNED["course"]["learningContentId"]
NOTED = {**ASSIGNED, "assignment": {**ASSIGNED["assignment"], "notes": {"content": "rather long"}}}
UNKNOWN_COURSE = {**ASSIGNED, "course": {"externalId": "c-1"}}
UNKNOWN_LEARNER = {**ASSIGNED, "learner": {"userPrincipalName": "nobody@contoso.com"}}
FOREIGN = Content(id=CONTENT, external_id="c-2", provider_id="another")
WITHDRAWN = {**STARTED, "eventType": "course.unassigned"}


@dataclass(frozen=True)
class Row:
    """A tenant in which `event`, after others, meets an error, and what becomes of it.

    `tenant`: from the beginning; `then`: when the others have been applied; `gone`: Graph forgets everything then, and
    time enough passes for that to be believed.
    """

    becomes: Reason | RetryReason | Action
    event: Event
    tenant: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[Event, ...] = ()
    then: Mapping[str, Any] = field(default_factory=dict)
    gone: bool = False


NO_LICENCE = {"unlicensed_learners": [LEARNER]}
ROWS = {
    "400 length exceeded": Row(Reason.REJECTED_BY_GRAPH, NOTED, {"max_lengths": {"notes": 3}}),
    "400 provider not enabled": Row(RetryReason.HOLD, ASSIGNED, {"sync_enabled": False}),
    "400 provider not registered": Row(RetryReason.HOLD, ASSIGNED, {"provider_registered": False}),
    "401": Row(RetryReason.HOLD, ASSIGNED, {"token_audience": "https://example.com"}),
    "403 no permission": Row(RetryReason.HOLD, ASSIGNED, {"permissions": []}),
    "403 no permission to read content": Row(RetryReason.HOLD, UNKNOWN_COURSE, {"permissions": ["assignment"]}),
    "403 no permission to read users": Row(RetryReason.HOLD, UNKNOWN_LEARNER, {"permissions": ["assignment"]}),
    "403 service plan": Row(RetryReason.HOLD, ASSIGNED, {"service_plan": False}),
    "403 no licence": Row(Reason.LEARNER_UNLICENSED, ASSIGNED, NO_LICENCE),
    "403 licence lost": Row(Reason.LEARNER_UNLICENSED, STARTED, before=(ASSIGNED,), then=NO_LICENCE),
    "403 another's content": Row(Reason.CONTENT_NOT_OWNED, ASSIGNED, {"contents": [FOREIGN]}),
    "404 no such content": Row(RetryReason.CONTENT_MISSING, UNKNOWN_COURSE),
    "404 no such user": Row(Reason.LEARNER_NOT_FOUND, UNKNOWN_LEARNER),
    "404 on an update": Row(Action.CREATED, STARTED, before=(ASSIGNED,), gone=True),
    "404 on a deletion": Row(Action.DELETED, WITHDRAWN, before=(ASSIGNED,), gone=True),
    "429": Row(RetryReason.THROTTLED, STARTED, {"quota": [Quota(requests=1, seconds=60)]}, (ASSIGNED,)),
}


def what(outcome: Outcome) -> Reason | RetryReason | Action:
    """The one word that matters of an outcome."""
    match outcome:
        case Done(action):
            return action
        case Retry(_, reason):
            return reason
        case DeadLetter(reason):
            return reason


async def send(service: Service, event: Event) -> Outcome:
    """Hand an event over."""
    return await service.handler.event(json.dumps(event).encode())


async def left(settings: Settings) -> dict[str, int]:
    """Retry messages and dead letters, by queue."""
    assert settings.storage_connection_string
    text = settings.storage_connection_string.get_secret_value()
    async with QueueServiceClient.from_connection_string(text) as service:
        return await depths(map(service.get_queue_client, (settings.retry_queue, settings.dead_letter_queue)))


@pytest.mark.parametrize("name", ROWS)
async def test_a_documented_error(service: Service, simulator: Simulator, name: str) -> None:
    """A wrong event is dead-lettered, a wrong tenant holds: one message stands for the event."""
    row, settings = ROWS[name], service.settings
    simulator.configure(**row.tenant)
    assert [type(await send(service, event)) for event in row.before] == [Done] * len(row.before)
    simulator.configure(**row.then)
    if row.gone:
        simulator.reset()
        await service.close()
        service = Service(settings, clock=lambda: time.time() + settings.settle + settings.clock_margin)
    outcome = await send(service, row.event)
    await service.close()
    assert what(outcome) == row.becomes
    expected = {DeadLetter: {settings.dead_letter_queue: 1}, Retry: {settings.retry_queue: 1}, Done: {}}
    assert await left(settings) == expected[type(outcome)]


@pytest.mark.parametrize(
    "name", [name for name in ROWS if isinstance(ROWS[name].becomes, Reason) and name != "404 no such user"]
)
async def test_what_was_refused_can_be_sent_again(service: Service, simulator: Simulator, name: str) -> None:
    """Once licence, course or limit are in order, the same event gets through."""
    row = ROWS[name]
    normal = {name: getattr(simulator.config, name) for name in {**row.tenant, **row.then}}
    simulator.configure(**row.tenant)
    for event in row.before:
        await send(service, event)
    simulator.configure(**row.then)
    assert isinstance(await send(service, row.event), DeadLetter)
    simulator.configure(**normal)
    assert isinstance(await send(service, row.event), Done)
    assert len(simulator.activities) == 1
