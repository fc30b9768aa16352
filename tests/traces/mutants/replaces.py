"""The rules of replaces: afterwards, either the former activity is there or the one that replaces it."""

from tests.traces.mutants.mutant import (
    DIFFERENT,
    LOST,
    MISSING,
    Edit,
    in_claimed,
    in_conclusion,
    in_plan,
    in_work,
    mutant,
)

_TYPES = "test_replaced_types.py::"
_BEGUN = "test_begun_replaces.py::"
_FORMER_BACK = f"{_TYPES}test_a_refused_replace_brings_the_former_back"
_DELETED = "AssertionError: something was deleted"
_GONE = "AssertionError: assert [] == [('required'"
_REPLACED = "AssertionError: assert [('recommende"
_CERTAIN = "_CERTAIN = (Rejected, Refused, EverybodysFault)"
_LEFT = "AssertionError: the refusal's letter is still there"
_ASSIGNERS = "except (GraphError, ReferenceFailure, StorageFault):"


def _in_refusals(old: str, new: str) -> Edit:
    return Edit("sync/refusals.py", old, new)


def _in_desired(old: str, new: str) -> Edit:
    return Edit("domain/desired.py", old, new)


REPLACES = (
    mutant(
        "replace: app roles aren't checked",
        f"{_TYPES}test_nothing_is_deleted_without_the_permission_for_the_other_kind",
        _DELETED,
        in_plan(", role=desired.kind)", ")"),
    ),
    mutant(
        "replace: the create isn't admitted before the delete",
        f"{_TYPES}test_nothing_is_deleted_while_creates_of_the_other_kind_are_held",
        _DELETED,
        in_work(
            "await self._admit(step.kinds)\n            if step.role",
            "await self._admit(step.kinds[:1])\n            if step.role",
        ),
    ),
    mutant(
        "replace: references are resolved after the delete",
        f"{_TYPES}test_nothing_is_deleted_if_the_learner_is_not_found",
        _DELETED,
        in_plan("if invocation.resolved is None and record.sync.replacing is None:", "if False:"),
    ),
    *(
        mutant(
            f"replace: a delete that wasn't sent counts as a beginning, {meanwhile}",
            f"{_BEGUN}test_a_delete_that_was_throttled_begins_nothing[{meanwhile}]",
            _DELETED,
            in_work("claimed.learn(claimed.record.sync.not_replacing())", "pass"),
        )
        for meanwhile in ("no permission", "a hold", "another name")
    ),
    *(
        mutant(
            f"replace: a change of the desired type begins the replace anew, {fault}",
            f"{_BEGUN}test_another_wish_after_an_unclear_delete[a third type-{fault}]",
            MISSING,
            in_plan(
                "if invocation.resolved is None and record.sync.replacing is None:",
                "if invocation.resolved is None and record.sync.replacing != Replacing(former, desired.type):",
            ),
        )
        for fault in ("a crash", "no response")
    ),
    *(
        mutant(
            f"replace: it's looked up again whose the activity was, {wish}",
            f"{_BEGUN}test_another_wish_after_an_unclear_delete[{wish}-a crash]",
            MISSING,
            in_plan("if record.sync.replacing is not None and record.sync.known is not None:", "if False:"),
        )
        for wish in ("a third type", "the former type")
    ),
    mutant(
        "replace: the refusal isn't about the latest desired type",
        f"{_BEGUN}test_a_third_type_that_is_refused_brings_back_what_was_deleted",
        "AssertionError: a duplicate tried again",
        in_plan(
            "return Delete(activity, Replacing(former, desired.type))",
            "return Delete(activity, record.sync.replacing or Replacing(former, desired.type))",
        ),
    ),
    mutant(
        "replace: a lost create counts as a refusal",
        f"{_BEGUN}test_a_replace_whose_creates_are_lost_is_no_refused_one",
        "AssertionError: assert ['rejected_by_graph'] == ['retries_exhausted']",
        _in_refusals("unclear = Unclear(", "unclear = Refused("),
    ),
    mutant(
        "replace: a completed activity is replaced",
        f"{_TYPES}test_a_completed_activity_is_never_replaced[another type]",
        _DELETED,
        _in_desired("if state.activity is not None and (completed or state.activity.completed):", "if False:"),
    ),
    mutant(
        "replace: the former activity doesn't come back after a refusal",
        f"{_FORMER_BACK}[own]",
        _REPLACED,
        _in_refusals(_CERTAIN, "_CERTAIN = ()"),
    ),
    mutant(
        "replace: the former activity doesn't come back after an unknown refusal",
        f"{_FORMER_BACK}[unknown]",
        _GONE,
        _in_refusals(_CERTAIN, "_CERTAIN = (Rejected, EverybodysFault)"),
    ),
    mutant(
        "replace: the former activity doesn't come back after everybody's fault",
        f"{_FORMER_BACK}[everybody's]",
        _GONE,
        _in_refusals(_CERTAIN, "_CERTAIN = (Rejected, Refused)"),
    ),
    mutant(
        "replace: what was refused is created again instead of the former activity",
        f"{_FORMER_BACK}[own]",
        _REPLACED,
        _in_desired("if state.replacing is not None and state.replacing.restores:", "if False:"),
    ),
    mutant(
        "replace: a refusal isn't remembered",
        f"{_FORMER_BACK}[own]",
        "AssertionError: a duplicate tried again",
        in_conclusion("return state if refused is None else state.refusing(refused)", "return state"),
    ),
    mutant(
        "replace: an unknown refusal isn't remembered",
        f"{_TYPES}test_what_nobody_knows_is_tried_again_some_hours_later",
        "AssertionError: tried again too early",
        in_conclusion(
            "state = state.refusing(replace(refused, until=now + REFUSED_SECONDS, seen=failing.seen))", "pass"
        ),
    ),
    mutant(
        "replace: an unknown refusal is never tried again",
        f"{_TYPES}test_what_nobody_knows_is_tried_again_some_hours_later",
        "AssertionError: messages keep coming",
        _in_refusals("now >= state.refused.until or", ""),
    ),
    mutant(
        "replace: it doesn't matter that others got through",
        f"{_TYPES}test_what_nobody_knows_is_tried_again_once_others_get_through",
        "AssertionError: assert ('required'",
        _in_refusals("> state.refused.seen", "> state.refused.seen + 1000"),
    ),
    mutant(
        "replace: a refusal whose letter was never written stands",
        f"{_TYPES}test_a_crash_in_a_refused_replace[blob:put-1-before]",
        "AssertionError: assert [] == ['rejected_by_graph']",
        _in_refusals(
            "forgets = state.lease is not None and now >= self._times.free_from(state.lease)", "forgets = False"
        ),
    ),
    mutant(
        "replace: after a lost create, the former activity doesn't come back",
        f"{_TYPES}test_a_replace_whose_create_is_lost_brings_the_former_back",
        _REPLACED,
        in_work("self._refusals.miss()", "pass"),
    ),
    mutant(
        "replace: a settle sweeps the letter of a refusal",
        f"{_TYPES}test_the_letter_of_a_refused_replace_stays",
        LOST,
        Edit("domain/sync_state.py", "        if refusal_stands:", "        if False:"),
    ),
    mutant(
        "replace: a change of the desired type doesn't end a refusal",
        f"{_TYPES}test_another_wish_ends_a_refusal[the former type]",
        _LEFT,
        _in_desired("refused.wanted != wanted_type(record) or", ""),
    ),
    mutant(
        "replace: a completion doesn't end a refusal",
        f"{_TYPES}test_another_wish_ends_a_refusal[a completion]",
        _LEFT,
        _in_desired(
            "refused.wanted != wanted_type(record) or desired.completed:", "refused.wanted != wanted_type(record):"
        ),
    ),
    mutant(
        "replace: a redrive doesn't end a refusal",
        f"{_TYPES}test_a_redrive_tries_a_refused_replace_again",
        DIFFERENT,
        Edit("domain/sync_state.py", "retry=None, failing=None, refused=None)", "retry=None, failing=None)"),
    ),
    mutant(
        "replace: a throttled create brings the former activity back",
        f"{_TYPES}test_a_throttled_create_of_a_replace_waits",
        "AssertionError: the former activity came back in between",
        _in_refusals("import EverybodysFault, ", "import EverybodysFault, Throttled, "),
        _in_refusals(_CERTAIN, "_CERTAIN = (Rejected, Refused, EverybodysFault, Throttled)"),
    ),
    mutant(
        "replace: the record doesn't know of the former activity",
        f"{_TYPES}test_a_crash_in_a_refused_replace[graph:delete-1-after]",
        _GONE,
        in_claimed("state.leased_for_delete(lease, replacing,", "state.leased_for_delete(lease, None,"),
    ),
    mutant(
        "assigner: an assignment waits until its assigner can be looked up",
        "test_assigners.py::test_an_assigner_who_cannot_be_looked_up_is_left_out[no permission]",
        "AssertionError: assert Retry(",
        Edit("sync/references.py", _ASSIGNERS, _ASSIGNERS.replace("GraphError, ", "")),
    ),
    mutant(
        "assigner: an assignment waits for the permission to look up its assigner",
        "test_assigners.py::test_an_assigner_whose_lookup_is_held_is_left_out",
        "AssertionError: assert Retry(",
        Edit("sync/references.py", _ASSIGNERS, _ASSIGNERS.replace("GraphError, ", "")),
    ),
    mutant(
        "assigner: an unknown assigner is an error",
        "test_assigners.py::test_a_later_assigner_changes_nothing[nobody]",
        "AssertionError: assert",
        Edit("sync/references.py", _ASSIGNERS, _ASSIGNERS.replace("ReferenceFailure, ", "")),
    ),
    mutant(
        "assigner: a later assigner is a change",
        "test_assigners.py::test_a_later_assigner_changes_nothing[somebody]",
        "AssertionError: assert Done(action=<...D: 'updated'>)",
        _in_desired('"subject": None, "assigner": None,', '"subject": None,'),
    ),
    mutant(
        "replace: if a delete fails, it's forgotten that the replace has begun",
        f"{_BEGUN}test_a_replace_that_was_begun_stays_begun",
        "AssertionError: the record forgot that the replace has begun",
        in_work("if begins and not error", "if isinstance(step, Delete) and not error"),
    ),
    mutant(
        "replace: patience ends before the lookup",
        f"{_BEGUN}test_patience_ends_with_the_former_activity_in_its_place",
        "AssertionError: wrong in Graph: ['lost']",
        in_conclusion("isinstance(decision, DeadLetter) and _may_be_missing(error, state)", "False"),
    ),
)
