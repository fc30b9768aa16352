"""The rules of shadow: nothing is written for those who are in it, and nothing is forgotten."""

from tests.traces.mutants.mutant import Edit, in_claimed, in_plan, in_requests, in_work, mutant

_NOTHING = "test_shadow.py::test_nothing_is_written_until_the_record_is_set_going"
_PILOT = "test_shadow.py::test_only_the_pilot_group_is_written"
_DOMAIN = "activities/domain/test_shadow.py"


def _in_shadow(old: str, new: str) -> Edit:
    return Edit("domain/shadow.py", old, new)


def _in_state(old: str, new: str) -> Edit:
    return Edit("domain/sync_state.py", old, new)


SHADOW = (
    mutant(
        "shadow: everything is written",
        _NOTHING,
        "AssertionError: assert Done(",
        in_plan("if invocation.shadow.covers(record.owner, ids) else planned", "if False else planned"),
    ),
    mutant(
        "shadow: a record that's set going isn't looked up again",
        "test_shadow.py::test_what_was_found_out_is_not_asked_again",
        "AssertionError: ",
        in_work("if task.rebinds or not self._parts.shadow.covers(record.owner, held.ids):", "if task.rebinds:"),
    ),
    mutant(
        "shadow: a record that's held back keeps its dead letter",
        "test_shadow.py::test_a_record_that_was_parked_loses_its_letter",
        "AssertionError: ",
        _in_state("return replace(state, parked=None, sweep=self.sweep or self.parked is not None)", "return state"),
    ),
    mutant(
        "shadow: a record that's held back is looked up each time",
        "test_shadow.py::test_what_was_found_out_is_not_asked_again",
        "AssertionError: ",
        in_work("self._invocation = replace(self._invocation, resolved=ResolvedIds(held.ids))", "pass"),
    ),
    mutant(
        "shadow: a request that isn't sent is admitted",
        "activities/sync/test_plan_shadow.py::test_learner_and_course_are_looked_up",
        "AssertionError: ",
        in_plan("return replace(step, kinds=(), role=None)", "return step"),
    ),
    mutant(
        "shadow: the mode counts for a pilot group too",
        f"{_DOMAIN}::test_with_a_pilot_group_everybody_else_is_in_shadow[live]",
        "AssertionError: ",
        _in_shadow("if not self.pilot:", "if not self.pilot or not self.everybody:"),
    ),
    mutant(
        "shadow: the pilot group is matched only with the names in events",
        f"{_PILOT}[object id]",
        "AssertionError: ",
        _in_shadow("if ids is not None:", "if False:"),
    ),
    mutant(
        "shadow: the pilot group isn't compared in canonical form",
        f"{_PILOT}[address]",
        "AssertionError: ",
        _in_shadow(' | ({canonical_address(learner)} if "@" in learner else set())', ""),
    ),
    mutant(
        "shadow: the pilot group may list a course",
        f"{_DOMAIN}::test_nobody_else_is_taken_for_a_learner_of_the_group",
        "AssertionError: ",
        _in_shadow("if one is not None and one.kind not in _OF_COURSES", "if one is not None"),
        _in_shadow("(owner.learner, *owner.also)", "(owner.learner, owner.course, *owner.also)"),
    ),
    mutant(
        "shadow: an empty pilot group counts as none",
        "activities/test_settings.py::test_a_setting_that_cannot_work_is_refused_at_start",
        "Failed: DID NOT RAISE",
        Edit("setting_rules.py", "    if not found:\n", "    if False:\n"),
    ),
    mutant(
        "compare: a difference is repaired",
        "test_checks.py::test_a_comparison_only_notes_what_differs",
        "AssertionError: ",
        _in_state(
            "if activity is not None and check.differed and repairs:", "if activity is not None and check.differed:"
        ),
    ),
    mutant(
        "compare: an activity that's gone is created again",
        "test_checks.py::test_a_comparison_notes_that_an_activity_is_gone",
        "AssertionError: ",
        in_requests("return vanished if request.repairs else", "return vanished if request else"),
    ),
    mutant(
        "compare: what was refused is tried again",
        "test_checks.py::test_a_comparison_does_not_try_again_what_was_refused",
        "AssertionError: ",
        in_work("if self._task.compares and not isinstance(planned, Compare | Settled):", "if False:"),
    ),
    mutant(
        "shadow: a record that should be forgotten never is",
        "test_shadow.py::test_what_is_to_be_forgotten_in_shadow_is_forgotten_later[with its activity]",
        "AssertionError: ",
        in_work("            self._go_on_with(held.step)", "            pass"),
    ),
    mutant(
        "shadow: a record that should be forgotten still is after news",
        "test_shadow.py::test_an_event_with_news_counts_more_than_what_was_to_be_forgotten",
        "AssertionError: ",
        in_work("if not self._claimed.has_news and not self._task.compares:", "if not self._task.compares:"),
    ),
    mutant(
        "shadow: a step of forgetting is noted like any other",
        "test_shadow.py::test_what_is_to_be_forgotten_in_shadow_is_forgotten_later[withdrawn]",
        "AssertionError: ",
        in_plan("if isinstance(held, HoldBack) and invocation.forgets is not None:", "if False:"),
    ),
    mutant(
        "shadow: a tombstone says whose it is",
        "test_shadow.py::test_a_tombstone_in_shadow_stays_as_it_is[everybody]",
        "AssertionError: ",
        in_claimed('if self._task.forgets == "activity" and not self._shadow:', 'if self._task.forgets == "activity":'),
    ),
)
