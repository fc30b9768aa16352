"""Who a learner is: all the names under which events, the table of people and the ledger know one person."""

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
_AMBIGUOUS = "this name leads to more than one person in Entra: name the learner by the object id"


class AmbiguousName(Trouble):
    """A name leads to more than one person."""


@dataclass(frozen=True, slots=True)
class Learner:
    """One person.

    Attributes:
        names: all names that the person has or had.
        id: the object id in Entra, as far as anything that is stored says it.
        of_others: those of the names that others have or had too, so that they prove nothing.
    """

    names: frozenset[Reference]
    id: str | None = None
    of_others: frozenset[Reference] = frozenset()

    @property
    def own_names(self) -> frozenset[Reference]:
        """The names that nobody else has had, as far as is known."""
        return self.names - self.of_others

    def with_names(self, names: Iterable[Reference]) -> "Learner":
        """Return the same person with further names.

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

        Whose activity it has decides, because a name may have been given to somebody else. As long as nobody knows the
        learner's id, a name has to do.
        """
        left, known = record.sync.left, record.sync.known
        if left is not None:
            return self.id is not None and left.learner == hash_in(row_key, self.id)
        if known is not None and self.id is not None:
            return known.ids.learner_user_id == self.id
        return not self.own_names.isdisjoint(names_of(record))

    def told(self, record: ActivityRecord) -> "Learner":
        """Return the same person with the names that one of the learner's records has.

        Raises:
            AmbiguousName: the record is another person's.
        """
        known = record.sync.known
        graph = () if known is None else (Reference("entraObjectId", known.ids.learner_user_id),)
        return self.with_names({*names_of(record), *graph})


class Owners:
    """Looks at the owners of records, one after the other, for further names of a learner.

    Attributes:
        learner: the person with the names that the learner's records have, and what others have of these.
    """

    def __init__(self, learner: Learner) -> None:
        # All records are compared with what was known before, so that two people with one name are noticed.
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
    """Return the learner whom an operator names.

    Raises:
        WrongUsage: that is no name of a person.
    """
    found = {reference for kind, value in _readings(name.strip()) if (reference := _reference(kind, value)) is not None}
    if not found:
        raise WrongUsage(_UNKNOWN)
    return Learner(frozenset()).with_names(found)


def names_of(record: ActivityRecord) -> set[Reference]:
    """Return how events have named the learner of a record."""
    owner = record.owner
    named = () if owner is None else (owner.learner, *owner.also)
    return {name for name in named if name is not None and name.kind in _PERSONS}


def names_in(row: Mapping[str, object]) -> set[Reference]:
    """Return the account in a row of the table of people, and the person whom the row names."""
    found = {_reference(kind, row.get(kind)) for kind in people.COLUMNS}
    found.add(_reference("lmsAccount", {"source": row.get("source"), "id": row.get("id")}))
    return {reference for reference in found if reference is not None}


def _readings(name: str) -> list[tuple[PersonReferenceKind, object]]:
    """Return what a name may be."""
    if _OBJECT_ID.fullmatch(name):
        return [("entraObjectId", name)]
    if "@" in name:
        return [("userPrincipalName", name), ("email", name)]
    # A source, and an id there, may have colons themselves.
    parts = name.split(":")
    splits = [(":".join(parts[:n]), ":".join(parts[n:])) for n in range(1, len(parts))]
    return [("lmsAccount", {"source": source, "id": one}) for source, one in splits] or [("employeeId", name)]


def _reference(kind: PersonReferenceKind, value: object) -> Reference | None:
    """Return a reference in the form in which the app keeps it, or None if the value names nobody."""
    try:
        return Named.model_validate({kind: value}).reference
    except ValidationError:
        return None
