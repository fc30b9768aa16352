"""The rules of identity: whose enrolment it is, and who a reference leads to."""

from tests.traces.mutants.mutant import (
    DIFFERENT,
    LEFT,
    MISSING,
    NO_LETTER,
    ORPHAN,
    REGRESSED,
    Edit,
    in_claimed,
    in_plan,
    in_requests,
    in_work,
    mutant,
)

_ONE_LEARNER = "test_identity.py::test_an_enrolment_belongs_to_one_learner_and_one_course"
_ONE_SOURCE = "test_identity.py::test_an_enrolment_belongs_to_one_source"
_AFTER_A_MONTH = "test_identity.py::test_an_update_after_a_month_finds_out_whose_the_address_is"
_REFUSED = "test_identity.py::test_a_reference_that_graph_refuses_is_looked_up_once_more"
_YIELDS = "test_owners.py::test_an_owner_who_never_was_anybody_yields"
_CONFLICT = """\
        try:
            theirs = await resolve(named, anew=anew)
        except ReferenceFailure as unknown:
            raise IdentityConflict("") from unknown
"""
_REMEMBERED_ROWS = """rows = self.__dict__.setdefault("_rows", {})
        if reference.kind == "lmsAccount" and reference not in rows:
            rows[reference] = await self._people.find(reference.value)
        return rows[reference] if"""


def _in_identity(old: str, new: str) -> Edit:
    return Edit("sync/identity.py", old, new)


IDENTITY = (
    mutant(
        "identity: everybody who shares a registration shares an enrolment",
        "test_identity.py::test_two_learners_who_share_a_registration_stay_apart",
        "AssertionError: assert {'",
        Edit(
            "intake/formats/identity.py",
            "parts = [source, learner_key, course_key] + ([] if cycle is None else [canonical_id(cycle)])",
            "parts = [source, learner_key, course_key] if cycle is None else [canonical_id(cycle)]",
        ),
        Edit("intake/formats/xapi.toml", "context.contextActivities.category && (", "context.registration || ("),
    ),
    mutant(
        "identity: an event of another learner is merged",
        f"{_ONE_LEARNER}[learner]",
        DIFFERENT,
        in_claimed("if self._news is not None and not self.record.takes(self._news):", "if False:"),
    ),
    mutant(
        "identity: learners aren't compared",
        f"{_ONE_LEARNER}[learner]",
        DIFFERENT,
        _in_identity("if own is None or", "if own is owner.learner or"),
    ),
    mutant(
        "identity: courses aren't compared",
        f"{_ONE_LEARNER}[course]",
        DIFFERENT,
        _in_identity("if own is None or", "if own is owner.course or"),
    ),
    mutant(
        "identity: an event of another source is merged",
        f"{_ONE_SOURCE}[another LMS]",
        DIFFERENT,
        _in_identity("if not owner.is_source_of(news):", "if False:"),
    ),
    mutant(
        "identity: a source can't continue under another name",
        f"{_ONE_SOURCE}[the same LMS under another name]",
        REGRESSED,
        Edit("domain/news.py", "self.source in (news.source, news.formerly)", "self.source == news.source"),
    ),
    mutant(
        "identity: the owner's other names aren't remembered",
        "test_identity.py::test_names_of_one_person_in_turn_make_one_activity",
        "AssertionError: a name was looked up again",
        Edit("domain/news.py", "course=course, also=(*self.also, *more)[-_REMEMBERED:])", "course=course)"),
    ),
    mutant(
        "identity: an event that names somebody unknown is a conflict",
        "test_identity.py::test_an_event_that_names_nobody_known_stays_apart",
        LEFT,
        _in_identity("        theirs = await resolve(named, anew=anew)\n", _CONFLICT),
    ),
    mutant(
        "identity: references aren't compared with the activity's ids",
        "test_identity.py::test_an_address_that_was_given_to_somebody_else",
        ORPHAN,
        in_work("resolved.ids != known.ids and not self._task.rebinds:", "False:"),
    ),
    mutant(
        "identity: the record forgets whose activity was deleted",
        "test_identity.py::test_an_address_that_was_given_to_somebody_else",
        ORPHAN,
        Edit("domain/sync_state.py", "activity=None, deleted_id=", "activity=None, known=None, deleted_id="),
    ),
    mutant(
        "identity: an update never finds out who has the address now",
        f"{_AFTER_A_MONTH}[somebody else]",
        DIFFERENT,
        in_plan("if invocation.resolved is None and _is_long_ago(record.sync, now):", "if False:"),
    ),
    mutant(
        "identity: an update fails if the learner was renamed",
        f"{_AFTER_A_MONTH}[nobody any more]",
        REGRESSED,
        in_plan(", may_fail=True)", ")"),
    ),
    mutant(
        "identity: the record doesn't note that the ids were confirmed",
        f"{_AFTER_A_MONTH}[nobody any more]",
        "AssertionError: looked up again before another month is over",
        in_work("self._claimed.learn(record.sync.confirmed(parts.clock()))", "pass"),
    ),
    mutant(
        "identity: a row of people is remembered",
        "test_identity.py::test_a_corrected_row_of_people_counts_at_once",
        MISSING,
        Edit("sync/references.py", "return await self._people.find(reference.value) if", _REMEMBERED_ROWS),
    ),
    mutant(
        "identity: a rebind leaves the activity with the wrong person",
        "test_identity.py::test_a_record_is_rebound_after_a_correction",
        DIFFERENT,
        in_plan("return Delete(activity, rebinds=True) if invocation", "return None if invocation"),
    ),
    mutant(
        "identity: a rebind of a withdrawn enrolment is forgotten",
        "test_identity.py::test_a_rebind_of_what_is_withdrawn_counts_when_it_comes_back",
        MISSING,
        in_claimed("record.synced(record.sync.rebinding()) if self._task.rebinds else record", "record"),
    ),
    mutant(
        "identity: after a rebind the record is still the wrong person's",
        "test_identity.py::test_a_rebind_that_is_broken_off_is_no_conflict",
        MISSING,
        in_plan("return Delete(activity, rebinds=True) if", "return Delete(activity) if"),
    ),
    mutant(
        "identity: a refused reference isn't looked up again",
        f"{_REFUSED}[the address leads to another id]",
        MISSING,
        Edit("sync/refusals.py", "if not isinstance(error, Rejected) or", "if True or"),
    ),
    mutant(
        "identity: a refused request is sent again",
        f"{_REFUSED}[it leads to the same id]",
        "AssertionError: the refused request was sent again",
        Edit("sync/refusals.py", "if self._ids is not None and self._ids[0] == ids else None", "if False else None"),
    ),
    mutant(
        "identity: an owner who can't be found stays",
        _YIELDS,
        MISSING,
        _in_identity("if state.parked not in (None, *_GIVEN_UP) or not names_both:", "if True:"),
    ),
    mutant(
        "identity: an owner who may still be found yields",
        "test_owners.py::test_an_owner_whose_course_may_still_come_does_not_yield",
        "AssertionError: taken over too early",
        _in_identity("if state.parked is None and state.state != SETTLED:", "if False:"),
    ),
    mutant(
        "identity: an owner yields to a removal that names no course",
        "test_owners.py::test_an_owner_does_not_yield_to_a_removal_that_names_no_course",
        LEFT,
        _in_identity("(None, *_GIVEN_UP) or not names_both:", "(None, *_GIVEN_UP):"),
    ),
    mutant(
        "identity: the letter of an owner who yields stays with the record",
        "test_owners.py::test_the_letter_of_an_owner_who_yields_is_its_own",
        NO_LETTER,
        in_work("await parts.letters.keep(row_key(claimed.record.enrollment_id))", "pass"),
    ),
    mutant(
        "identity: a new owner inherits the former owner's fields",
        _YIELDS,
        DIFFERENT,
        in_claimed("forgotten=given_up.forgotten, sync", "facts=given_up.facts, sync"),
    ),
    mutant(
        "identity: an unclear create doesn't say whose the record is",
        "test_owners.py::test_an_unclear_create_says_whose_the_record_is",
        DIFFERENT,
        Edit(
            "domain/sync_state.py", "if self.attempt is not None and self.attempt.immutable is not None:", "if False:"
        ),
    ),
    mutant(
        "identity: an owner yields while another worker has the lease",
        "test_owners.py::test_nothing_is_concluded_about_an_owner_under_anothers_lease",
        LEFT,
        in_work("        if now < until:", "        if False:"),
    ),
    mutant(
        "identity: a lookup adopts another learner's activity",
        "test_owners.py::test_a_lookup_adopts_only_the_owners_activity[another learner's]",
        "AssertionError: assert []",
        in_requests("if ids is None or request.ids not in (None, ids):", "if ids is None:"),
    ),
    mutant(
        "identity: a rebind doesn't adopt what a lookup finds",
        "test_owners.py::test_a_lookup_adopts_only_the_owners_activity[another learner's]",
        DIFFERENT,
        in_plan("ids = None if invocation.rebinds else attempt.immutable.ids", "ids = attempt.immutable.ids"),
    ),
)
