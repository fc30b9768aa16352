"""Who a learner is: all the names that events, the table of people and the ledger have for one person."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from activities.domain.event_parts import Person as Named
from activities.domain.record import ActivityRecord, hash_in
from activities.domain.terms import PersonReferenceKind, Reference
from activities.storage import people
from tools.operate.troubles import Trouble, WrongUsage

_OBJECT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PERSONS: frozenset[str] = frozenset({*people.COLUMNS, "lmsAccount"})


_UNKNOWN = "--learner takes an Entra object id, a user principal name, a mail address, an employee id, or SOURCE:ID"
_AMBIGUOUS = "this name leads to more than one person in Entra: use the learner's object id"


class AmbiguousName(Trouble):
    """A name leads to more than one person."""


@dataclass(frozen=True, slots=True)
class Learner:
    """One person.

    Attributes:
        names: all names that the person has or had.
        id: the object id in Entra, or None if nothing stored says it.
        of_others: the names that others have or had too, so they don't prove anything.
    """

    names: frozenset[Reference]
    id: str | None = None
    of_others: frozenset[Reference] = frozenset()

    @property
    def own_names(self) -> frozenset[Reference]:
        """The names that nobody else has or had, as far as is known."""
        return self.names - self.of_others

    def with_names(self, names: Iterable[Reference]) -> "Learner":
        """Return the same person with more names.

        Raises:
            AmbiguousName: the names lead to more than one person.
        """
        known = self.names | frozenset(names)
        ids = {name.value for name in known if name.kind == "entraObjectId"}
        if len(ids) > 1:
            raise AmbiguousName(_AMBIGUOUS)
        return replace(self, names=known, id=next(iter(ids), None))

    def owns(self, row_key: str, record: ActivityRecord) -> bool:
        """Whether a record is this learner's.

        The owner of its activity decides, because a name may have been given to somebody else. If the learner's id or
        the owner isn't known, the names decide. A tombstone has no names.
        """
        left, known = record.sync.left, record.sync.known
        if left is not None:
            return self.id is not None and left.learner == hash_in(row_key, self.id)
        if known is not None and self.id is not None:
            return known.ids.learner_user_id == self.id
        return not self.own_names.isdisjoint(names_of(record))

    def told(self, record: ActivityRecord) -> "Learner":
        """Return the same person with the names from one of the learner's records.

        Raises:
            AmbiguousName: the record is another person's.
        """
        known = record.sync.known
        graph = () if known is None else (Reference("entraObjectId", known.ids.learner_user_id),)
        return self.with_names({*names_of(record), *graph})


class Owners:
    """Looks for more names of a learner in the owners of records.

    Attributes:
        learner: the person, with the names from the learner's records, and those of them that others have too.
    """

    def __init__(self, learner: Learner) -> None:
        # Compare all records with what was known at first. Otherwise, two people with one name go unnoticed.
        self._before = learner
        self.learner = replace(learner, of_others=frozenset())

    def add(self, row_key: str, record: ActivityRecord) -> None:
        """Look at a record.

        Raises:
            AmbiguousName: the learner's name leads to records of more than one person.
        """
        if self._before.owns(row_key, record):
            self.learner = self.learner.told(record)
        elif self._before.id is not None:
            names = names_of(record) & self._before.names
            self.learner = replace(self.learner, of_others=self.learner.of_others | names)


def learner_named(name: str) -> Learner:
    """Return the learner that an operator means by a name.

    Raises:
        WrongUsage: it isn't a name for a person.
    """
    found = {reference for kind, value in _readings(name.strip()) if (reference := _reference(kind, value)) is not None}
    if not found:
        raise WrongUsage(_UNKNOWN)
    return Learner(frozenset()).with_names(found)


def names_of(record: ActivityRecord) -> set[Reference]:
    """Return the names that events have used for a record's learner."""
    owner = record.owner
    named = () if owner is None else (owner.learner, *owner.also)
    return {name for name in named if name is not None and name.kind in _PERSONS}


def names_in(row: Mapping[str, object]) -> set[Reference]:
    """Return the LMS account in a row of the table of people, and the names of its person."""
    found = {_reference(kind, row.get(kind)) for kind in people.COLUMNS}
    found.add(_reference("lmsAccount", {"source": row.get("source"), "id": row.get("id")}))
    return {reference for reference in found if reference is not None}


def _readings(name: str) -> list[tuple[PersonReferenceKind, object]]:
    """Return the references that a name may stand for."""
    if _OBJECT_ID.fullmatch(name):
        return [("entraObjectId", name)]
    if "@" in name:
        return [("userPrincipalName", name), ("email", name)]
    # Both the source and the id may contain colons.
    parts = name.split(":")
    splits = [(":".join(parts[:n]), ":".join(parts[n:])) for n in range(1, len(parts))]
    return [("lmsAccount", {"source": source, "id": one}) for source, one in splits] or [("employeeId", name)]


def _reference(kind: PersonReferenceKind, value: object) -> Reference | None:
    """Return a reference in the canonical form that the app stores, or None if the value isn't valid."""
    try:
        return Named.model_validate({kind: value}).reference
    except ValidationError:
        return None
