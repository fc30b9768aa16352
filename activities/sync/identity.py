"""Whether an event that names its record's owner differently means the same learner and course.

One person's learning must never be shown as another's, so such an event isn't merged until this is certain.
"""

from activities.domain.errors import ContentNotFound, IdentityConflict, ReferenceFailure, Settling
from activities.domain.news import News
from activities.domain.outcomes import Reason
from activities.domain.record import ActivityRecord
from activities.domain.sync_parts import Left
from activities.domain.sync_state import SETTLED
from activities.sync.references import References

_GIVEN_UP = (Reason.LEARNER_NOT_FOUND, Reason.LEARNER_AMBIGUOUS, Reason.CONTENT_NOT_FOUND)
# Seconds to wait for another message of the record, which is on its way and will find out.
_WAIT = 300.0


async def succeeds(references: References, record: ActivityRecord, news: News, *, anew: bool) -> bool:
    """Find out how an event relates to its record's owner, when it names the owner as no event before it did.

    Returns:
        False if the event means the same learner and course and may be merged. True if the record should begin again
        with this event, because its owner can't be found and there's nothing in Graph.

    Raises:
        IdentityConflict: the event means another learner or course, or comes from another source.
        Settling: it's too early to tell.
        ReferenceFailure: the learner or course that the event names can't be found.
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
                ours = await resolve(own, anew=anew)  # noqa: PLW2901  looked up only if needed
            except ReferenceFailure as unknown:
                return _yields(record, news, unknown)
        if ours != theirs:
            raise IdentityConflict("the record belongs to another learner or course")
    return False


async def _compare(references: References, record: ActivityRecord, left: Left, news: News, *, anew: bool) -> None:
    """Refuse an event if its learner, course or source doesn't match the activity that a forgotten record left."""
    if left.source not in (news.source, news.formerly):
        raise IdentityConflict("the record belonged to another source before it was forgotten")
    for own, named, resolve in (
        (left.learner, news.learner, references.learner),
        (left.course, news.course, references.course),
    ):
        if named is not None and own != record.hash_of(await resolve(named, anew=anew)):
            raise IdentityConflict("the record belonged to another learner or course before it was forgotten")


def _yields(record: ActivityRecord, news: News, unknown: ReferenceFailure) -> bool:
    """Return True if the owner was given up or has no activity to show, so the record may begin again. Else raise.

    Before that, the learner or course may still turn up, and everything that was merged would be lost.
    """
    state = record.sync
    if state.parked is None and state.state != SETTLED:
        if isinstance(unknown, ContentNotFound):
            raise unknown
        raise Settling("it isn't known yet whose record this is", after=_WAIT) from unknown
    names_both = news.learner is not None and news.course is not None
    if state.parked not in (None, *_GIVEN_UP) or not names_both:
        raise IdentityConflict("the record belongs to a learner or course that cannot be found") from unknown
    return True
