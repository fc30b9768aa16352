"""Selects records of the ledger. The table service selects by row key; learner and course are only compared here."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

import typer
from pydantic_core import to_json

from activities.domain.canonical import canonical_value
from activities.domain.sync_state import HELD_BACK, SETTLED
from activities.domain.terms import Reference
from activities.storage.keys import RECORDS
from tools.operate.troubles import WrongUsage

_KEY = re.compile(r"[0-9a-f]{6,64}")
# The columns that `matcher` looks at.
NAMES = ("owner_learner", "owner_course", "known_ids", "held_back_ids")
# Sorts after every character that a row key may have.
_LAST = "~"

type Row = Mapping[str, Any]


class State(StrEnum):
    """The states of records that aren't forgotten."""

    SETTLED = SETTLED
    WAITING = "waiting"
    UNCLEAR = "unclear"
    PARKED = "parked"
    HELD_BACK = HELD_BACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The options that select records by learner and course."""

    learner: Annotated[
        str | None,
        typer.Option(
            metavar="WHO",
            help="The learner as events name them (source:id for an LMS account), or an Entra object id.",
        ),
    ] = None
    course: Annotated[str | None, typer.Option(metavar="WHAT", help="The course as events name it.")] = None

    def matcher(self) -> Callable[[Row], bool]:
        """Return a function that tells whether a row is about the learner, the course, or the learner in the course.

        It recognises the names that the enrolment's first event used, and also Graph's id of the learner. The row needs
        the columns `NAMES`. Names are compared here because a query to the table service is part of the URL, and
        storage logs URLs.
        """
        learner, course = self.learner, self.course
        learners = None if learner is None else {_json(reference) for reference in _learners(learner)}
        courses = None if course is None else {_json(reference) for reference in _courses(course)}
        begin = "" if learner is None else f'{{"learner_user_id":{_json(canonical_value("entraObjectId", learner))},'

        def is_named(row: Row) -> bool:
            is_of_learner = (
                learners is None
                or row.get("owner_learner") in learners
                or any(str(row.get(ids)).startswith(begin) for ids in ("known_ids", "held_back_ids"))
            )
            return is_of_learner and (courses is None or row.get("owner_course") in courses)

        return is_named


@dataclass(frozen=True, slots=True)
class Condition:
    """A query for rows. The default matches all records. `values` are its parameters."""

    text: str = RECORDS
    values: dict[str, str | float] = field(default_factory=dict)

    @classmethod
    def equal(cls, column: str, value: str | float) -> "Condition":
        """Return the condition that a column has this value."""
        return cls(f"{column} eq @a", {"a": value})

    @classmethod
    def of_key(cls, key: str) -> "Condition":
        """Return the condition that the row key begins with `key`.

        Raises:
            WrongUsage: no row key can begin with it, or it's too short.
        """
        key = key.lower()
        if not _KEY.fullmatch(key):
            raise WrongUsage(f"{key} isn't a record's row key, or at least the first six characters of one")
        # With the partition, the service doesn't have to read the whole table.
        return cls(
            "( PartitionKey eq @c and RowKey ge @a and RowKey lt @b )", {"a": key, "b": key + _LAST, "c": key[:2]}
        )

    def and_one_of(self, others: Sequence["Condition"]) -> "Condition":
        """Return the condition that this one and at least one of the others are met."""
        texts, values = [], dict(self.values)
        for other in others:
            text = other.text
            for name, value in other.values.items():
                new = f"p{len(values)}"
                # The client finds parameters only if there are spaces around them.
                text = f" {text} ".replace(f" @{name} ", f" @{new} ").strip()
                values[new] = value
            texts.append(text)
        return Condition(f"{self.text} and ( {' or '.join(texts)} )", values)


def _json(value: object) -> str:
    return to_json(value).decode()


def _learners(name: str) -> Iterator[Reference]:
    """Yield every reference that an operator may mean by a name, since a name doesn't say its kind."""
    for kind in ("entraObjectId", "userPrincipalName", "email", "employeeId"):
        yield Reference(kind, canonical_value(kind, name))
    # A source may have colons in its name, and an account in its id.
    for colon in re.finditer(":", name):
        account = canonical_value("lmsAccount", name[colon.end() :])
        yield Reference("lmsAccount", f"{name[: colon.start()]}\n{account}")


def _courses(name: str) -> Iterator[Reference]:
    for kind in ("learningContentId", "externalId"):
        yield Reference(kind, canonical_value(kind, name))
