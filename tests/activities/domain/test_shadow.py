"""Whose records are in shadow."""

import pytest

from activities.domain.news import Owner
from activities.domain.shadow import shadow_of
from activities.domain.terms import OwnerIds, Reference, ReferenceKind

ANN = "7ba2228a-e020-11ec-9d64-0242ac120002"
COURSE = Reference("externalId", "45")
IDS = OwnerIds("id of ann", "content")


def owner(kind: ReferenceKind, value: str, *also: Reference) -> Owner:
    """Return an owner named this way by an event."""
    return Owner("moodle", Reference(kind, value), COURSE, also)


def test_a_mode_counts_for_everybody() -> None:
    """If there's no pilot group."""
    ann = owner("email", "ann@contoso.com")
    assert not shadow_of("live", ()).covers(ann, IDS)
    assert shadow_of("shadow", ()).covers(ann, IDS)
    assert shadow_of("shadow", ()).covers(None, None)


@pytest.mark.parametrize("mode", ["live", "shadow"])
def test_with_a_pilot_group_everybody_else_is_in_shadow(mode: str) -> None:
    """This holds in every mode: nothing is written for anybody because a setting was forgotten."""
    shadow = shadow_of(mode, ("ann@contoso.com",))
    assert not shadow.covers(owner("email", "ann@contoso.com"), None)
    assert shadow.covers(owner("email", "bob@contoso.com"), None)
    assert shadow.covers(None, None)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("URN:UUID:" + ANN.upper(), owner("entraObjectId", ANN)),
        (ANN.upper(), owner("entraObjectId", ANN)),
        (" Ann@Contoso.com", owner("userPrincipalName", "ann@contoso.com")),
        ("mailto:ann%40contoso.com@", owner("email", "ann@contoso.com@")),
        ("E-17", owner("employeeId", "E-17")),
        ("moodle:45", owner("lmsAccount", "moodle\n45")),
        ("ann@contoso.com", owner("employeeId", "E-17", Reference("email", "ann@contoso.com"))),
    ],
)
def test_a_learner_is_found_however_the_name_is_written(written: str, named: Owner) -> None:
    """Names are compared in canonical form, including names that turned out to mean the same person."""
    assert not shadow_of("shadow", (written,)).covers(named, None)


def test_a_learner_is_found_by_what_the_name_leads_to() -> None:
    """The group has the object id, and the LMS names an address."""
    shadow = shadow_of("shadow", (ANN.upper(),))
    ann = owner("email", "ann@contoso.com")
    assert shadow.covers(ann, None)
    assert not shadow.covers(ann, OwnerIds(ANN, "content"))
    assert shadow.covers(ann, OwnerIds("somebody else", ANN))


@pytest.mark.parametrize(
    "other", [owner("employeeId", "46"), owner("lmsAccount", "docebo\n45"), owner("employeeId", "e-17")]
)
def test_nobody_else_is_taken_for_a_learner_of_the_group(other: Owner) -> None:
    """Neither a course with the same id nor an account of another LMS counts."""
    assert shadow_of("shadow", ("45", "moodle:45", "E-17")).covers(other, None)
