"""What happens to an event that Graph refuses because of the event or the tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.domain.outcomes import DeadLetter, Done, Reason, Retry, RetryReason
from activities.service import Service
from tests.faults.drain import depths
from tests.native_event import ASSIGNED, event_body
from tests.storage_reading import dead_letters
from tools.develop.simulator import Simulator


@dataclass(frozen=True)
class Row:
    """A tenant that refuses `event`, and the reason code of the dead letter or retry.

    `before` is applied first, while the tenant still works. `fault` is how Graph answers the next request.
    """

    reason: Reason | RetryReason
    event: bytes
    tenant: Mapping[str, Any] = field(default_factory=dict)
    before: tuple[bytes, ...] = ()
    fault: Mapping[str, Any] = field(default_factory=dict)


COMPLETED = event_body(eventId="e-2", eventType="course.completed", occurredAt="2026-03-02T09:00:00Z")
NOTED = event_body(assignment={"type": "required", "notes": {"content": "rather long"}})
UNKNOWN_COURSE = event_body(course={"externalId": "c-1"})
UNKNOWN_LEARNER = event_body(learner={"userPrincipalName": "nobody@contoso.example"})
IN_TWO_DAYS = (datetime.now(UTC) + timedelta(days=2)).isoformat()
AHEAD = event_body(occurredAt=IN_TWO_DAYS)
ANOTHER_LEARNER = event_body(eventId="e-2", learner={"entraObjectId": "0f3b7a52-4c1d-4e0e-9a51-7d2c6b9e8f10"})
ANOTHER_COURSE = event_body(eventId="e-2", course={"learningContentId": "another"})
NO_LICENCE = {"unlicensed_learners": [ASSIGNED["learner"]["entraObjectId"]]}
ONLY_ASSIGNMENTS = {"permissions": ["assignment"]}
# Each can be sent again once the tenant is fixed.
REFUSED = {
    "notes that are too long": Row(Reason.REJECTED_BY_GRAPH, NOTED, {"max_lengths": {"notes": 3}}),
    "no licence": Row(Reason.LEARNER_UNLICENSED, event_body(), NO_LICENCE),
    "a licence that was withdrawn": Row(Reason.LEARNER_UNLICENSED, COMPLETED, NO_LICENCE, before=(event_body(),)),
}
ROWS = REFUSED | {
    "an unknown learner": Row(Reason.LEARNER_NOT_FOUND, UNKNOWN_LEARNER),
    "a course that is not in the catalogue yet": Row(RetryReason.CONTENT_MISSING, UNKNOWN_COURSE),
    "a time more than a day ahead": Row(Reason.INVALID_EVENT, AHEAD),
    "another learner": Row(Reason.IDENTITY_CONFLICT, ANOTHER_LEARNER, before=(event_body(),)),
    "another course": Row(Reason.IDENTITY_CONFLICT, ANOTHER_COURSE, before=(event_body(),)),
    "a refusal in unknown words": Row(RetryReason.REFUSED, event_body(), fault={"operation": "create", "status": 400}),
    "no permission for assignments": Row(RetryReason.HOLD, event_body(), {"permissions": []}),
    "no permission to read the catalogue": Row(RetryReason.HOLD, UNKNOWN_COURSE, ONLY_ASSIGNMENTS),
    "no permission to read users": Row(RetryReason.HOLD, UNKNOWN_LEARNER, ONLY_ASSIGNMENTS),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_one_message_stands_for_a_refused_event(service: Service, simulator: Simulator, row: Row) -> None:
    """A wrong event becomes a dead letter, and one that must wait becomes a retry."""
    for body in row.before:
        assert isinstance(await service.handler.event(body), Done)
    simulator.configure(**row.tenant)
    if row.fault:
        simulator.fault(**row.fault)
    before = [activity.as_json() for activity in simulator.activities]

    outcome = await service.handler.event(row.event)

    assert isinstance(outcome, DeadLetter if isinstance(row.reason, Reason) else Retry)
    assert row.reason == outcome.reason
    is_dead = isinstance(outcome, DeadLetter)
    assert [letter.reason for letter in await dead_letters(service.letters)] == [row.reason] * is_dead
    retries = service.storage.queue(service.settings.retry_queue)
    assert sum((await depths([retries])).values()) == (not is_dead)
    assert [activity.as_json() for activity in simulator.activities] == before
    assert len(before) == len(row.before)


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED)
async def test_a_refused_event_can_be_sent_again(service: Service, simulator: Simulator, row: Row) -> None:
    """Once the license or the limit is fixed, the same event creates the activity."""
    in_order = {name: getattr(simulator.config, name) for name in row.tenant}
    for body in row.before:
        await service.handler.event(body)
    simulator.configure(**row.tenant)
    refused = await service.handler.event(row.event)
    simulator.configure(**in_order)

    sent_again = await service.handler.event(row.event)

    assert isinstance(refused, DeadLetter)
    assert refused.request_id is not None
    assert isinstance(sent_again, Done)
    assert len(simulator.activities) == 1
