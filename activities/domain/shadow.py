"""Shadow mode: whose activities are worked out but not written to Graph."""

from collections.abc import Iterable
from dataclasses import dataclass

from activities.domain.canonical import canonical_address, canonical_id
from activities.domain.news import Owner
from activities.domain.terms import OwnerIds, Reference

_OF_COURSES = ("learningContentId", "externalId")


@dataclass(frozen=True, slots=True)
class Shadow:
    """Says whose records are in shadow.

    Attributes:
        everybody: all records are in shadow, unless there's a pilot group.
        pilot: the pilot group, by names in canonical form. If there is one, all other records are in shadow.
    """

    everybody: bool = False
    pilot: frozenset[str] = frozenset()

    def covers(self, owner: Owner | None, ids: OwnerIds | None) -> bool:
        """Return whether this owner's record is in shadow. `ids` are what its references lead to, once that's known."""
        if not self.pilot:
            return self.everybody
        named = () if owner is None else (owner.learner, *owner.also)
        names = {_name(one) for one in named if one is not None and one.kind not in _OF_COURSES}
        if ids is not None:
            names.add(canonical_id(ids.learner_user_id))
        return self.pilot.isdisjoint(names)


LIVE = Shadow()


def shadow_of(mode: str, learners: Iterable[str]) -> Shadow:
    """Return the shadow that the mode (`live` or `shadow`) and the pilot group lead to.

    The learners of the group are named as in events: by an Entra object id, an address, an employee id, or `source:id`
    for an LMS account.
    """
    return Shadow(mode == "shadow", frozenset(name for learner in learners for name in _names(learner)))


def _name(reference: Reference) -> str:
    return reference.value.replace("\n", ":") if reference.kind == "lmsAccount" else reference.value


def _names(learner: str) -> set[str]:
    """Return the possible canonical forms of a learner's name, because an administrator doesn't say what kind it is."""
    return {learner, canonical_id(learner)} | ({canonical_address(learner)} if "@" in learner else set())
