"""Whose enrolment an event is about, and who a record belongs to."""

from dataclasses import replace

import pytest

from activities.domain.fields import facts_of
from activities.domain.news import News, Owner, news_of
from activities.domain.terms import Reference, Subject
from tests.activities.domain.learning_events import ANN, LAW, event

LEARNER, COURSE = Reference("entraObjectId", ANN["entraObjectId"]), Reference("externalId", LAW["externalId"])
ADDRESS, CONTENT = Reference("email", "ann@contoso.example"), Reference("learningContentId", "content-1")
OWNER = Owner("moodle", LEARNER, COURSE)


def about(learner: Reference | None, course: Reference | None, source: str = "moodle") -> News:
    """Return what an event says about a learner and a course, and nothing else."""
    return replace(news_of(event("started", 0), source), learner=learner, course=course)


def test_an_event_is_news_about_somebody() -> None:
    """The source, the source's former name, and the references are kept beside the facts."""
    started = event("started", 0)
    assert news_of(started, "docebo", "native", enrols_again=True) == News(
        "docebo", LEARNER, COURSE, facts_of(started, enrols_again=True), "native"
    )


def test_a_removal_may_name_nobody() -> None:
    """Then only its enrolment id says whose it is."""
    removal = news_of(event("unassigned", 0, learner=None, course=None), "moodle")
    assert (removal.learner, removal.course) == (None, None)


# Each has a name, what events name one after another, and the owner that they lead to.
TOLD: list[tuple[str, list[News], Owner]] = [
    ("both", [about(LEARNER, COURSE)], OWNER),
    ("nobody", [about(None, None)], Owner("moodle")),
    ("only a learner", [about(LEARNER, None)], Owner("moodle", LEARNER)),
    ("nobody, then both", [about(None, None), about(LEARNER, COURSE)], OWNER),
    ("one after the other", [about(None, COURSE), about(LEARNER, None)], OWNER),
    ("the same again", [about(LEARNER, COURSE), about(LEARNER, COURSE), about(None, None)], OWNER),
    ("the learner otherwise", [about(LEARNER, COURSE), about(ADDRESS, COURSE)], replace(OWNER, also=(ADDRESS,))),
    ("the course otherwise", [about(LEARNER, COURSE), about(LEARNER, CONTENT)], replace(OWNER, also=(CONTENT,))),
    (
        "both otherwise, twice",
        [about(LEARNER, COURSE), about(ADDRESS, CONTENT), about(ADDRESS, CONTENT)],
        replace(OWNER, also=(ADDRESS, CONTENT)),
    ),
]


@pytest.mark.parametrize(("said", "expected"), [case[1:] for case in TOLD], ids=[case[0] for case in TOLD])
def test_the_first_names_decide_and_others_are_remembered(said: list[News], expected: Owner) -> None:
    """Names that turned out to mean the same person need no lookup next time, and the owner stays the same."""
    owner = Owner("moodle")
    for news in said:
        owner = owner.told(news)
        assert owner.is_named_by(news)
    assert owner == expected


def test_only_some_names_are_remembered() -> None:
    """A ledger row has a limited size, so the oldest names are forgotten first."""
    owner = OWNER
    for number in range(25):
        owner = owner.told(about(Reference("email", f"ann{number}@contoso.example"), COURSE))
    assert [name.value for name in owner.also] == [f"ann{number}@contoso.example" for number in range(5, 25)]


@pytest.mark.parametrize(
    ("owner", "subject"),
    [
        (OWNER, Subject(LEARNER, COURSE)),
        (replace(OWNER, also=(ADDRESS,)), Subject(LEARNER, COURSE)),
        (Owner("moodle", LEARNER), None),
        (Owner("moodle", course=COURSE), None),
    ],
    ids=["both", "both, and otherwise", "only a learner", "only a course"],
)
def test_there_is_a_subject_once_both_are_known(owner: Owner, subject: Subject | None) -> None:
    """Before that, nobody knows whose activity it would be."""
    assert owner.subject == subject


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (about(LEARNER, COURSE), True),
        (about(None, None), True),
        (about(LEARNER, None), True),
        (about(ADDRESS, COURSE), False),
        (about(LEARNER, CONTENT), False),
        (about(Reference("email", LEARNER.value), COURSE), False),
        (about(ADDRESS, None), False),
    ],
    ids=["same", "nobody", "only the learner", "another", "another course", "another kind of name", "only another"],
)
def test_the_owner_is_named_or_somebody_else(said: News, *, named: bool) -> None:
    """A different name may mean somebody else, and likewise for a course. If nobody was named, anybody fits."""
    assert OWNER.is_named_by(said) is named
    assert Owner("moodle").is_named_by(said)


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
    """A source continues records of another name only if its setting says so."""
    assert OWNER.is_source_of(replace(about(LEARNER, COURSE, source), formerly=formerly)) is same
