"""Whether an event that names the owner of its record otherwise means the same learner and course.

One person's learning must never be shown as another's, so such an event is not merged before that is certain.
"""

from collections.abc import Awaitable

from activities.domain.errors import IdentityConflict, ReferenceFailure
from activities.domain.news import News
from activities.domain.record import ActivityRecord
from activities.domain.terms import OwnerIds
from activities.sync.references import References


async def succeeds(references: References, record: ActivityRecord, news: News, *, anew: bool) -> bool:
    """Find out how an event relates to the owner of its record, whom it names as no event before did.

    Returns:
        False if it means the same learner and course, so that it may be merged. True if the record should begin anew
        with it, because its owner never turned out to be anybody, and there is nothing in Graph.

    Raises:
        IdentityConflict: it means another learner or course, or comes from another source.
        ReferenceFailure: what the event names cannot be found.
        GraphError: a lookup failed.
    """
    owner = record.owner
    if owner is None:
        return False
    if not owner.is_source_of(news):
        raise IdentityConflict("the record belongs to another source")
    known = _known_ids(record)
    for own, named, resolve, ours in (
        (owner.learner, news.learner, references.learner, known and known.learner_user_id),
        (owner.course, news.course, references.course, known and known.learning_content_id),
    ):
        if own is None or named is None or named == own or named in owner.also:
            continue
        theirs = await resolve(named, anew=anew)
        if ours is None:
            ours = await _unless_unknown(resolve(own, anew=anew))  # noqa: PLW2901  found out only now
        if ours is None and None not in (news.learner, news.course):
            return True
        if ours != theirs:
            raise IdentityConflict("the record belongs to another learner or course")
    return False


def _known_ids(record: ActivityRecord) -> OwnerIds | None:
    """Return the ids of the activity that the record has or had, or may have."""
    state = record.sync
    if state.known is not None:
        return state.known.ids
    attempt = state.attempt
    return attempt.immutable.ids if attempt is not None and attempt.immutable is not None else None


async def _unless_unknown(resolving: Awaitable[str]) -> str | None:
    try:
        return await resolving
    except ReferenceFailure:
        return None
