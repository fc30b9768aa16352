"""Shadow: whose activities are worked out, but not written to Graph."""

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
        everybody: all records are.
        pilot: names of learners in canonical form. If there are any, the records of everybody else are, and only those.
    """

    everybody: bool = False
    pilot: frozenset[str] = frozenset()

    def covers(self, owner: Owner | None, ids: OwnerIds | None) -> bool:
        """Whether the record of this owner is in shadow. `ids` are what its references lead to, once that is known."""
        if not self.pilot:
            return self.everybody
        named = () if owner is None else (owner.learner, *owner.also)
        names = {_name(one) for one in named if one is not None and one.kind not in _OF_COURSES}
        if ids is not None:
            names.add(canonical_id(ids.learner_user_id))
        return self.pilot.isdisjoint(names)


LIVE = Shadow()


def shadow_of(mode: str, learners: Iterable[str]) -> Shadow:
    """Return what the mode (`live` or `shadow`) and the pilot group say.

    A learner of the group is given as an event would: an Entra object id, an address, an employee id, or `source:id`
    for an account of an LMS.
    """
    return Shadow(mode == "shadow", frozenset(name for learner in learners for name in _names(learner)))


def _name(reference: Reference) -> str:
    return reference.value.replace("\n", ":") if reference.kind == "lmsAccount" else reference.value


def _names(learner: str) -> set[str]:
    """Return the canonical forms of what an administrator has written: it does not say of which kind it is."""
    return {learner, canonical_id(learner)} | ({canonical_address(learner)} if "@" in learner else set())
