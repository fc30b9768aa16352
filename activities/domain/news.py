"""Who owns a record, and what an event says about an enrolment."""

from dataclasses import dataclass, replace

from activities.domain.events import LearningEvent
from activities.domain.fields import Facts, facts_of
from activities.domain.terms import Reference, Subject

# How many other references a record remembers. Any more are looked up each time.
_REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class News:
    """What an event says about an enrolment.

    Attributes:
        source: which LMS sent the event.
        learner, course: who and what the event is about. A removal may leave them out.
        facts: what the event states.
        formerly: the source's former name, if it continues with the records of that name.
    """

    source: str
    learner: Reference | None
    course: Reference | None
    facts: Facts
    formerly: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a record belongs to: the source of its first event, and the learner and course that were named first.

    A record keeps its owner for good. `also` has other references that turned out to mean the same learner or course.
    """

    source: str
    learner: Reference | None = None
    course: Reference | None = None
    also: tuple[Reference, ...] = ()

    @property
    def subject(self) -> Subject | None:
        """Who learns what, once both are known."""
        return None if self.learner is None or self.course is None else Subject(self.learner, self.course)

    def is_source_of(self, news: News) -> bool:
        """Return whether the news comes from the same LMS."""
        return self.source in (news.source, news.formerly)

    def is_named_by(self, news: News) -> bool:
        """Return whether the news names no learner or course that the owner doesn't know."""
        return self._knows(self.learner, news.learner) and self._knows(self.course, news.course)

    def told(self, news: News) -> "Owner":
        """Return the owner with what the news adds: a missing learner or course, or another reference to the same."""
        learner, course = self.learner or news.learner, self.course or news.course
        known = (None, learner, course, *self.also)
        more = [one for one in (news.learner, news.course) if one is not None and one not in known]
        return replace(self, learner=learner, course=course, also=(*self.also, *more)[-_REMEMBERED:])

    def _knows(self, own: Reference | None, named: Reference | None) -> bool:
        return own is None or named is None or named == own or named in self.also


def news_of(
    event: LearningEvent,
    source: str,
    formerly: str | None = None,
    *,
    enrols_again: bool = False,
    untimed: bool = False,
) -> News:
    """Return what an event says.

    With `enrols_again`, it starts over if it comes after a completion. With `untimed`, it didn't say when it occurred.
    """
    return News(
        source,
        None if event.learner is None else event.learner.reference,
        None if event.course is None else event.course.reference,
        facts_of(event, enrols_again=enrols_again, untimed=untimed),
        formerly,
    )
