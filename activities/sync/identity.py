"""Whether an event that names the owner of its record otherwise means the same learner and course.

One person's learning must never be shown as another's, so such an event is not merged before that is certain.
"""

from activities.domain.errors import ContentNotFound, IdentityConflict, ReferenceFailure, Settling
from activities.domain.news import News
from activities.domain.outcomes import Reason
from activities.domain.record import ActivityRecord
from activities.domain.sync_parts import Left
from activities.domain.sync_state import SETTLED
from activities.sync.references import References

_GIVEN_UP = (Reason.LEARNER_NOT_FOUND, Reason.LEARNER_AMBIGUOUS, Reason.CONTENT_NOT_FOUND)
# A message of the record is under way, which will find out.
_WAIT = 300.0


async def succeeds(references: References, record: ActivityRecord, news: News, *, anew: bool) -> bool:
    """Find out how an event relates to the owner of its record, whom it names as no event before did.

    Returns:
        False if it means the same learner and course, so that it may be merged. True if the record should begin anew
        with it, because its owner was given up as unknown, and there is nothing in Graph.

    Raises:
        IdentityConflict: it means another learner or course, or comes from another source.
        Settling: it is too early to tell.
        ReferenceFailure: what the event names cannot be found.
        GraphError: a lookup failed.
    """
    owner, left = record.owner, record.sync.left
    if owner is None:
        if left is not None:
            await _compare(references, record, left, news, anew=anew)
        return False
    if not owner.is_source_of(news):
        raise IdentityConflict("the record belongs to another source")
    known = record.sync.ids
    for own, named, resolve, ours in (
        (owner.learner, news.learner, references.learner, known and known.learner_user_id),
        (owner.course, news.course, references.course, known and known.learning_content_id),
    ):
        if own is None or named is None or named == own or named in owner.also:
            continue
        theirs = await resolve(named, anew=anew)
        if ours is None:
            try:
                ours = await resolve(own, anew=anew)  # noqa: PLW2901  found out only now
            except ReferenceFailure as unknown:
                return _yields(record, news, unknown)
        if ours != theirs:
            raise IdentityConflict("the record belongs to another learner or course")
    return False


async def _compare(references: References, record: ActivityRecord, left: Left, news: News, *, anew: bool) -> None:
    """Refuse an event of another learner, course or source than the activity that a forgotten record left in Graph."""
    if left.source not in (news.source, news.formerly):
        raise IdentityConflict("the record belonged to another source before it was forgotten")
    for own, named, resolve in (
        (left.learner, news.learner, references.learner),
        (left.course, news.course, references.course),
    ):
        if named is not None and own != record.hash_of(await resolve(named, anew=anew)):
            raise IdentityConflict("the record belonged to another learner or course before it was forgotten")


def _yields(record: ActivityRecord, news: News, unknown: ReferenceFailure) -> bool:
    """Return that the record begins anew, if its owner was given up, or has nothing to be shown.

    Until then, the learner or the course may still come, and all that was merged would be lost.
    """
    state = record.sync
    if state.parked is None and state.state != SETTLED:
        if isinstance(unknown, ContentNotFound):
            raise unknown
        raise Settling("it is not known yet whose record it is", after=_WAIT) from unknown
    names_both = news.learner is not None and news.course is not None
    if state.parked not in (None, *_GIVEN_UP) or not names_both:
        raise IdentityConflict("the record belongs to a learner or course that cannot be found") from unknown
    return True
