"""Builds the request that Microsoft Graph would get for one event, as in production, without sending it."""

import json

from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter

from activities.domain.desired import Desired, desired_state
from activities.domain.news import news_of
from activities.domain.record import ActivityRecord
from activities.domain.terms import OwnerIds, Reference, ResolvedIds
from activities.graph.bodies import create_body
from activities.intake.result import Understood

_PROVIDER = "<LEARNING_PROVIDER_ID>"
REQUEST_LINE = f"POST /employeeExperience/learningProviders/{_PROVIDER}/learningCourseActivities"


def request_body(understood: Understood) -> dict[str, object] | None:
    """Return the request body that this event alone would lead to, or None if it doesn't lead to an activity."""
    event = understood.event
    record = ActivityRecord(event.enrollment_id).merged(news_of(event, understood.source))
    desired = desired_state(record, _PROVIDER)
    if desired is None:
        return None
    writer = JsonSerializationWriter()
    writer.write_object_value(None, create_body(desired, _named(desired)))
    body: dict[str, object] = json.loads(writer.get_serialized_content())
    return body


def _named(desired: Desired) -> ResolvedIds:
    """Return references in place of ids. Those that the app would have to look up are in angle brackets."""
    owner, assigner = desired.subject, desired.assigner
    ids = OwnerIds(_looked_up(owner.learner), _looked_up(owner.course))
    return ResolvedIds(ids, _looked_up(assigner) if assigner else None)


def _looked_up(reference: Reference) -> str:
    kind, value = reference
    return value if kind in {"entraObjectId", "learningContentId"} else f"<by {kind}: {' / '.join(value.splitlines())}>"
