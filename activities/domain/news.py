"""Whose enrolment it is: the owner of a record, and what an event says about it."""

from dataclasses import dataclass, replace

from activities.domain.events import LearningEvent
from activities.domain.fields import Facts, facts_of
from activities.domain.terms import Reference

# More names than this are not remembered, but looked up each time.
_REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class News:
    """What an event says about an enrolment.

    Attributes:
        source: which LMS has sent it.
        learner, course: who and what it is about. A removal may leave them out.
        facts: what it states.
        formerly: the name that the source had before, if it goes on with the records of that name.
    """

    source: str
    learner: Reference | None
    course: Reference | None
    facts: Facts
    formerly: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """The source, learner and course of the first event that named them. A record keeps its owner for good.

    `also` has other references that turned out to mean the same learner or course.
    """

    source: str
    learner: Reference
    course: Reference
    also: tuple[Reference, ...] = ()

    def is_source_of(self, news: News) -> bool:
        """Whether the news comes from the same LMS."""
        return self.source in (news.source, news.formerly)

    def is_named_by(self, news: News) -> bool:
        """Whether the news names nobody and nothing else than the owner does."""
        return self._knows(self.learner, news.learner) and self._knows(self.course, news.course)

    def named_as(self, news: News) -> "Owner":
        """Return the owner with the way in which the news names the same learner and course."""
        known = (self.learner, self.course, *self.also)
        more = [one for one in (news.learner, news.course) if one is not None and one not in known]
        return replace(self, also=(*self.also, *more)[-_REMEMBERED:])

    def _knows(self, own: Reference, named: Reference | None) -> bool:
        return named is None or named == own or named in self.also


def news_of(event: LearningEvent, source: str, formerly: str | None = None, *, enrols_again: bool = False) -> News:
    """Return what an event says. With `enrols_again`, it starts over if it comes after a completion."""
    return News(
        source,
        None if event.learner is None else event.learner.reference,
        None if event.course is None else event.course.reference,
        facts_of(event, enrols_again=enrols_again),
        formerly,
    )


def owner_in(news: News) -> Owner | None:
    """Return the owner that the news names, or None if it does not name both learner and course."""
    if news.learner is None or news.course is None:
        return None
    return Owner(news.source, news.learner, news.course)
