"""Reads who and what an event is about: the learner, the course, and the id of the enrolment."""

import json
import uuid
from collections.abc import Mapping

from activities.domain.canonical import canonical_address, canonical_id, canonical_value
from activities.domain.terms import PersonReferenceKind
from activities.intake.formats.declaration import CourseMapping, EnrolmentMapping, PersonMapping
from activities.intake.formats.errors import FieldError
from activities.intake.formats.reader import PayloadReader
from activities.intake.formats.sources import Source

# The namespace of enrolment ids. It must never change, because every enrolment would get a new id.
ENROLMENTS = uuid.UUID("0d7b4f5e-63a1-5c9c-9d8e-5f6f5a1c7e42")


def read_person(
    reader: PayloadReader, mappings: Mapping[PersonReferenceKind, PersonMapping], source: Source, field: str
) -> dict[str, object]:
    """Return the first reference to the person that has a value, or an empty dict if there is none.

    Only one is read, so that all events refer to the person in the same way.

    Raises:
        FieldError: an identifier is neither text nor a whole number.
    """
    for kind, mapping in mappings.items():
        value = reader.identifier(mapping.id, field)
        if value is None:
            continue
        value = canonical_value(kind, value)
        if kind == "lmsAccount":
            # If the event came by webhook, the account is the sender's, whatever the event says.
            stated = mapping.source if source.sender is None else None
            account_source = reader.identifier(stated, field) if stated else source.sender or source.made_as
            return {kind: {"source": account_source, "id": value}}
        return {kind: value}
    return {}


def account_id(person: dict[str, object]) -> str:
    """Return the identifier in a reference to a person. For an LMS account, it's the id without the source."""
    value = next(iter(person.values()))
    return str(value["id"]) if isinstance(value, dict) else str(value)


def read_course(reader: PayloadReader, mapping: CourseMapping) -> dict[str, object]:
    """Return the first reference to the course that has a value, or an empty dict if there is none.

    Raises:
        FieldError: an identifier is neither text nor a whole number.
    """
    for kind, expression in (
        ("learningContentId", mapping.learning_content_id),
        ("externalId", mapping.external_id),
    ):
        value = reader.identifier(expression, "course")
        if value is not None:
            return {kind: value}
    return {}


def read_enrolment_id(
    reader: PayloadReader,
    mapping: EnrolmentMapping,
    source: str,
    learner: dict[str, object],
    course: dict[str, object],
) -> str:
    """Make an id from what all events of the enrolment have in common: source, learner, course, and cycle if any.

    Learner and course are always part of it. So if an LMS uses one id for two learners, they still get two records.

    Raises:
        FieldError: learner or course is missing, or an identifier is neither text nor a whole number.
    """
    learner_key, course_key = _learner_key(reader, mapping, learner), _course_key(reader, mapping, course)
    if learner_key is None or course_key is None:
        raise FieldError(f"{'learner' if learner_key is None else 'course'}: missing")
    cycle = reader.identifier(mapping.cycle, "cycle")
    parts = [source, learner_key, course_key] + ([] if cycle is None else [canonical_id(cycle)])
    return str(uuid.uuid5(ENROLMENTS, json.dumps(parts, ensure_ascii=True)))


def _learner_key(reader: PayloadReader, mapping: EnrolmentMapping, learner: dict[str, object]) -> str | None:
    if mapping.learner is None:
        return json.dumps(learner, sort_keys=True) if learner else None
    key = reader.identifier(mapping.learner, "learner")
    if key is None:
        return None
    return canonical_address(key) if "@" in key else canonical_id(key)


def _course_key(reader: PayloadReader, mapping: EnrolmentMapping, course: dict[str, object]) -> str | None:
    if mapping.course is None:
        return json.dumps({kind: canonical_id(str(value)) for kind, value in course.items()}) if course else None
    key = reader.identifier(mapping.course, "course")
    return None if key is None else canonical_id(key)
