"""Whose enrolment an event is about, and whose the record is."""

from dataclasses import replace

import pytest

from activities.domain.fields import facts_of
from activities.domain.news import News, Owner, news_of, owner_in
from activities.domain.terms import Reference
from tests.activities.domain.learning_events import ANN, LAW, event

LEARNER, COURSE = Reference("entraObjectId", ANN["entraObjectId"]), Reference("externalId", LAW["externalId"])
ADDRESS, CONTENT = Reference("email", "ann@contoso.example"), Reference("learningContentId", "content-1")
OWNER = Owner("moodle", LEARNER, COURSE)


def about(learner: Reference | None, course: Reference | None, source: str = "moodle") -> News:
    """Return what an event says of a learner and a course, without anything else."""
    return replace(news_of(event("started", 0), source), learner=learner, course=course)


def test_an_event_is_news_about_somebody() -> None:
    """The source, the name that the source had before, and the references are kept beside the facts."""
    started = event("started", 0)
    assert news_of(started, "docebo", "native", enrols_again=True) == News(
        "docebo", LEARNER, COURSE, facts_of(started, enrols_again=True), "native"
    )


def test_a_removal_may_name_nobody() -> None:
    """Then it says whose it is by its enrolment id alone."""
    removal = news_of(event("unassigned", 0, learner=None, course=None), "moodle")
    assert (removal.learner, removal.course) == (None, None)


@pytest.mark.parametrize(
    ("said", "owner"),
    [
        (about(LEARNER, COURSE), OWNER),
        (about(LEARNER, None), None),
        (about(None, COURSE), None),
        (about(None, None), None),
    ],
    ids=["both", "only a learner", "only a course", "nobody"],
)
def test_an_owner_is_a_learner_and_a_course(said: News, owner: Owner | None) -> None:
    """An event that names only one of them does not decide whose the record is."""
    assert owner == owner_in(said)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (about(LEARNER, COURSE), True),
        (about(None, None), True),
        (about(LEARNER, None), True),
        (about(ADDRESS, COURSE), False),
        (about(LEARNER, CONTENT), False),
        (about(Reference("email", LEARNER.value), COURSE), False),
    ],
    ids=["the same", "nobody", "only the learner", "another learner", "another course", "another kind of name"],
)
def test_the_owner_is_named_or_somebody_else(said: News, *, named: bool) -> None:
    """Whoever is named otherwise may be somebody else, and so may a course."""
    assert OWNER.is_named_by(said) is named


@pytest.mark.parametrize("said", [about(ADDRESS, COURSE), about(LEARNER, CONTENT), about(ADDRESS, CONTENT)])
def test_other_names_of_the_owner_are_remembered(said: News) -> None:
    """What has turned out to mean the same needs no lookup the next time, and the owner stays who it was."""
    renamed = OWNER.named_as(said)
    assert renamed.is_named_by(said)
    assert (renamed.source, renamed.learner, renamed.course) == ("moodle", LEARNER, COURSE)
    assert renamed == renamed.named_as(said) == renamed.named_as(about(LEARNER, COURSE)).named_as(about(None, None))


def test_only_some_names_are_remembered() -> None:
    """A row of the ledger has a limited size, so the names that came first are forgotten first."""
    owner = OWNER
    for number in range(25):
        owner = owner.named_as(about(Reference("email", f"ann{number}@contoso.example"), COURSE))
    assert [name.value for name in owner.also] == [f"ann{number}@contoso.example" for number in range(5, 25)]


@pytest.mark.parametrize(
    ("source", "formerly", "same"),
    [
        ("moodle", None, True),
        ("docebo", None, False),
        ("docebo", "moodle", True),
        ("docebo", "native", False),
        ("moodle", "native", True),
    ],
)
def test_a_source_may_have_had_another_name(source: str, formerly: str | None, *, same: bool) -> None:
    """Only a source that is set so goes on with the records of another name."""
    assert OWNER.is_source_of(replace(about(LEARNER, COURSE, source), formerly=formerly)) is same
