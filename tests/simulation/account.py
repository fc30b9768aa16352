"""Checks everything at the end of a run: what Graph has, and which dead letters are left."""

import json
from datetime import datetime
from typing import Any

from tests.simulation.memory.tenant import EXTERNAL_ID, TYPE, Activity
from tests.simulation.model import Expected, expected
from tests.simulation.people import Course, Person
from tests.simulation.story import MOVED, NATIVE, Enrolment, Event
from tests.simulation.world import World

type Group = tuple[Person, Course, str]

_TIMES = ("completedDateTime", "startedDateTime", "assignedDateTime")


def account(world: World, enrolments: list[Enrolment], nonsense: list[str]) -> None:
    """Check that nothing is lost, doubled, regressed or somebody else's, and that no dead letter is left over.

    `nonsense` has a name from each message that wasn't a valid event. Each of these must have become a dead letter.
    """
    for one in enrolments:
        wrong = _complaints(world, one)
        if wrong:
            world.fail(f"{one.id}: {wrong}")
    known = {event_id for one in enrolments for event_id in one.published_ids} | set(nonsense)
    texts = [blob.content.decode() for blob in world.letters.blobs.values()]
    for name in nonsense:
        if not any(name in text for text in texts):
            world.fail(f"{name} has no dead letter")
    # If a record fails while an operator has it checked, its letter contains the control message.
    checked = [one.id for one in enrolments if one.published_ids]
    for text in texts:
        if '\\"control\\"' in text and any(f'"enrollmentId": {json.dumps(name)}' in text for name in checked):
            continue
        if not any(event_id in text for event_id in known):
            world.fail(f"a dead letter for something that was never sent: {text}")
    world.check()


def _complaints(world: World, one: Enrolment) -> str:
    """Return what's wrong with an enrolment, whoever it belongs to. The text is empty if nothing is wrong."""
    activities = [activity for activity in world.tenant.live if activity.external_id == one.external_id]
    if len(activities) > 1:
        return "doubled"
    activity = activities[0] if activities else None
    if one.forgotten_by is not None:
        # Its expected state depends on when it was forgotten.
        return "" if activity is None or _is_of(activity, one.person, one.course) else "moved to somebody else"
    if one.reassigned and _letter(world, one) is not None:
        return "" if activity is None or activity.body["learnerUserId"] == one.person.id else "moved to somebody else"
    groups = _groups(one)
    found = [_complaint(world, one, group, activity) for group in groups]
    return "" if not groups or "" in found else " or ".join(found)


def _groups(one: Enrolment) -> list[Group]:
    """Return the possible owners of the enrolment. Any event may have come first and set learner, course and source."""
    groups: list[Group] = []
    for event in one.events:
        group = event.person, event.course, event.source
        if event.id in one.published_ids and event.person is not one.nobody and group not in groups:
            groups.append(group)
    return groups


def _complaint(world: World, one: Enrolment, group: Group, activity: Activity | None) -> str:
    """Return what's wrong with an enrolment if this group owns it."""
    person, course, source = group
    own = [event for event in one.events if event.id in one.published_ids and _belongs(event, group)]
    foreign = [event for event in one.events if event.id in one.published_ids and event not in own]
    model = expected(event.document for event in own)
    wrong = _difference(model, activity, one.known_to_graph)
    if wrong:
        return f"as of {person.number} by {source}: {wrong}"
    learners = {person.id} | (one.learners if one.reassigned else set())
    if activity is not None and activity.body["learnerUserId"] not in learners:
        return f"belongs to {activity.body['learnerUserId']} instead of {person.id}"
    if activity is not None and activity.body["learningContentId"] != course.id:
        return f"is about {activity.body['learningContentId']}"
    letter = _letter(world, one)
    if letter is not None:
        return f"has a letter: {letter}"
    texts = [blob.content.decode() for blob in world.letters.blobs.values()]
    missing = [event for event in foreign if not any(event.id in text for text in texts)]
    # If a record gave up its former owner because that learner or course was unknown, the letter has only the latest of
    # that owner's events. There's no letter for events that add up to nothing, or that came before a control message
    # that failed. A removal that names nobody was about the owner that the record had then.
    of_others = [event for event in one.events if event in foreign or "learner" not in event.document]
    nothing = expected(event.document for event in of_others) is None
    unknown = one.nobody is not None or one.late
    accepted = nothing or (unknown and (len(missing) < len(foreign) or one.controlled))
    if missing and not accepted:
        return f"the events {[event.id for event in missing]} of other owners have no letter"
    left = [event.id for event in own if any(_is_letter_of(event, text) for text in texts)]
    return f"the events {left} are still in letters" if left else ""


def _is_of(activity: Activity, person: Person, course: Course) -> bool:
    return (activity.body["learnerUserId"], activity.body["learningContentId"]) == (person.id, course.id)


def _belongs(event: Event, group: Group) -> bool:
    """Whether an event belongs to the group. A removal may name nobody."""
    person, course, source = group
    same = "learner" not in event.document or (event.person is person and event.course is course)
    return same and (event.source == source or (source == NATIVE and event.source == MOVED))


def _is_letter_of(event: Event, text: str) -> bool:
    return f'{event.id}\\"' in text


def _letter(world: World, one: Enrolment) -> str | None:
    """Return the record's letter, if there is one."""
    found = world.letters.blobs.get(f"{world.watch.key_of(one)}.json")
    return None if found is None else found.content.decode()


def _difference(model: Expected | None, activity: Activity | None, known: dict[str, Any]) -> str:
    """Return how an activity differs from the model. The text is empty if it doesn't.

    After the ledger was lost, the values that Graph had (`known`) count as if an event had stated them. So these values
    are also right, except for whether the course is completed.
    """
    if model is None or activity is None:
        return "" if model is activity else f"is {activity and activity.body}, should be {model}"
    body = activity.body
    kind = body[TYPE], body.get("assignmentType")
    if kind not in model.kinds:
        return f"is of type {kind}, not {sorted(model.kinds, key=str)}"
    actual = _comparable(body)
    wanted = _comparable(model.bodies[kind[0]])
    may_stand = _comparable(known)
    if "completed" in (wanted["status"], may_stand.get("status")):
        may_stand = {name: value for name, value in may_stand.items() if name in (*_TIMES, "dueDateTime", "notes")}
    differing = sorted(
        name
        for name in actual.keys() | wanted.keys()
        if actual.get(name) not in (wanted.get(name), may_stand.get(name, wanted.get(name)))
    )
    return "; ".join(f"{name} is {actual.get(name)}, should be {wanted.get(name)}" for name in differing)


def _comparable(body: dict[str, Any]) -> dict[str, Any]:
    """Return the properties that the model has, in a comparable form."""
    ignored = {TYPE, EXTERNAL_ID, "assignmentType", "learnerUserId", "learningContentId", "learningProviderId"}
    values = {name: value for name, value in body.items() if name not in ignored | {"assignerUserId"}}
    for name in _TIMES:
        if isinstance(values.get(name), str):
            values[name] = datetime.fromisoformat(values[name])
    if "dueDateTime" in values:
        values["dueDateTime"] = values["dueDateTime"]["dateTime"][:19]
    if "notes" in values:
        values["notes"] = values["notes"]["content"]
    return values
