"""Reads who and what an event is about: the learner, the course, and the id of the enrolment."""

import json
import uuid
from collections.abc import Mapping

from activities.domain.terms import PersonReferenceKind
from activities.intake.formats.declaration import CourseMapping, EnrolmentMapping, PersonMapping
from activities.intake.formats.errors import FieldError
from activities.intake.formats.reader import PayloadReader

# The namespace of enrolment ids. It must never change, or every enrolment would get a new id.
ENROLMENTS = uuid.UUID("0d7b4f5e-63a1-5c9c-9d8e-5f6f5a1c7e42")
_CASE_INSENSITIVE = frozenset({"entraObjectId", "userPrincipalName", "email"})


def read_person(
    reader: PayloadReader, mappings: Mapping[PersonReferenceKind, PersonMapping], source: str, field: str
) -> dict[str, object]:
    """The first reference to the person that has a value; empty if there is none.

    Only one is read, so that all events refer to the person in the same way.

    Raises:
        FieldError: an identifier is neither text nor a whole number.
    """
    for kind, mapping in mappings.items():
        value = reader.identifier(mapping.id, field)
        if value is None:
            continue
        if kind == "lmsAccount":
            account_source = reader.identifier(mapping.source, field) if mapping.source else source
            return {kind: {"source": account_source, "id": value}}
        return {kind: value.lower().removeprefix("mailto:") if kind in _CASE_INSENSITIVE else value}
    return {}


def account_id(person: dict[str, object]) -> str:
    """The identifier in a reference to a person: for an LMS account, its id without its source."""
    value = next(iter(person.values()))
    return str(value["id"]) if isinstance(value, dict) else str(value)


def read_course(reader: PayloadReader, mapping: CourseMapping) -> dict[str, object]:
    """The first reference to the course that has a value; empty if there is none.

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
    """The LMS's own id of the enrolment, or else one made from what all events of the enrolment have in common.

    Raises:
        FieldError: the event has neither, or an identifier is neither text nor a whole number.
    """
    given = reader.identifier(mapping.id, "enrollmentId")
    if given is not None:
        return given
    learner_key = reader.identifier(mapping.learner, "learner") if mapping.learner else _key(learner)
    course_key = reader.identifier(mapping.course, "course") if mapping.course else _key(course)
    if learner_key is None or course_key is None:
        raise FieldError(f"{'learner' if learner_key is None else 'course'}: missing")
    cycle = reader.identifier(mapping.cycle, "cycle")
    parts = [source, learner_key, course_key] + ([] if cycle is None else [cycle])
    return str(uuid.uuid5(ENROLMENTS, json.dumps(parts, ensure_ascii=True)))


def _key(reference: dict[str, object]) -> str | None:
    return json.dumps(reference, sort_keys=True) if reference else None
