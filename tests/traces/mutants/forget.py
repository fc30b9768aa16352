"""The rules of forgetting: what goes, in which order, and what keeps it from coming back."""

from tests.traces.mutants.mutant import Edit, in_claimed, in_plan, in_work, mutant

_HERE = "test_forget.py::"
_RETENTION = "activities/storage/test_retention.py::"


def _in_record(old: str, new: str) -> Edit:
    return Edit("domain/record.py", old, new)


def _in_state(old: str, new: str) -> Edit:
    return Edit("domain/sync_state.py", old, new)


def _in_query(clause: str) -> Edit:
    return Edit("storage/ledger.py", f" and {clause}", "")


FORGET = (
    mutant(
        "forget: an unclear create isn't resolved first",
        _HERE + "test_an_unclear_create_is_resolved_first",
        "KeyError: 'left_id'",
        in_plan(
            "    if state.attempt is not None:\n", "    if state.attempt is not None and not invocation.forgets:\n"
        ),
    ),
    mutant(
        "forget: a late duplicate counts",
        _HERE + "test_a_late_duplicate_does_not_bring_the_learner_back[forget-activity]",
        "AssertionError: assert Done(action=<...D: 'created'>)",
        in_claimed("and self.record.has_forgotten(self._news):", "and not self.record:"),
    ),
    mutant(
        "forget: an event without a time counts as a later one",
        _HERE + "test_a_duplicate_without_a_time_does_not_bring_the_learner_back",
        "AssertionError: assert Done(action=<...D: 'updated'>)",
        _in_record(" or clock.event in self.untimed", ""),
    ),
    mutant(
        "forget: the row still names the enrolment",
        _HERE + "test_what_is_kept_says_nothing_about_the_learner[forget]",
        "AssertionError: assert dict_keys(",
        Edit("storage/rows.py", "if not record.is_tombstone or state.sweep:", "if row:"),
    ),
    mutant(
        "forget: the row doesn't name the enrolment while its letter exists",
        _HERE + "test_a_crash_before_its_letter_is_deleted[blob:delete]",
        "AssertionError: assert 'enrollment_id' in ",
        Edit("storage/rows.py", "if not record.is_tombstone or state.sweep:", "if not record.is_tombstone:"),
    ),
    mutant(
        "forget: the letter stays",
        _HERE + "test_a_letter_goes_with_its_record",
        "assert not {'",
        _in_state("sweep=self.letter > 0, left=left", "left=left"),
    ),
    mutant(
        "forget: a later event doesn't look for the activity that was left",
        _HERE + "test_a_later_event_goes_on_with_the_same_activity",
        "AssertionError: wrong in Graph: ['doubled']",
        _in_state("replace(self, attempt=Attempt(self.left.conclusive_from), left=None)", "replace(self, left=None)"),
    ),
    mutant(
        "forget: the activity that was left is anybody's",
        _HERE + "test_an_activity_that_was_left_belongs_to_its_learner",
        "AssertionError: assert {'PartitionKe",
        _in_record("return self.sync.left is None", "return True"),
    ),
    mutant(
        "forget: a replace that has begun isn't finished",
        _HERE + "test_a_replace_that_was_begun_ends_first",
        "ValueError: not enough values to unpack (expected 1, got 0)",
        in_plan(" and state.replacing is None)", ")"),
    ),
    mutant(
        "forget: a replace that Graph refuses becomes a letter",
        _HERE + "test_a_replace_that_graph_refuses_ends_too",
        "AssertionError: assert 'parked' == 'forgotten'",
        in_work("refused = None if self._task.forgets else await", "refused = await"),
    ),
    mutant(
        "forget: an activity that shouldn't exist stays",
        _HERE + "test_what_should_not_exist_does_not_stay",
        "AssertionError: assert not [",
        in_plan("deletes = desired is None or ", "deletes = "),
    ),
    mutant(
        "forget: somebody who isn't in the directory can't be forgotten",
        _HERE + "test_whoever_is_not_in_the_directory_any_more_can_be_forgotten",
        "AssertionError: assert 'parked' == 'forgotten'",
        in_plan("if subject is None or invocation.forgets is not None:", "if subject is None:"),
    ),
    mutant(
        "forget: somebody else's activity keeps the record",
        _HERE + "test_what_graph_has_of_somebody_else_keeps_nobody_from_being_forgotten",
        "AssertionError: assert 'parked' == 'forgotten'",
        in_work("if isinstance(error, IdentityConflict) and self._task.forgets:", "if False:"),
    ),
    mutant(
        "forget: the next owner begins with what was forgotten",
        _HERE + "test_what_was_forgotten_does_not_count_for_the_next_owner_either",
        "AssertionError: assert Done(action=<...D: 'updated'>)",
        in_claimed("forgotten=given_up.forgotten, sync", "sync"),
    ),
    mutant(
        "retention: an old event is enough",
        _RETENTION + "test_a_record_that_has_just_changed_is_kept",
        "assert 1 == 0",
        _in_query("Timestamp lt @unchanged"),
    ),
    mutant(
        "retention: a recent event doesn't count",
        _RETENTION + "test_a_record_with_a_recent_event_is_kept",
        "assert 1 == 0",
        _in_query("latest_event lt @before"),
    ),
    mutant(
        "retention: a record that's waiting is forgotten",
        _RETENTION + "test_what_is_not_settled_is_kept[state0]",
        "assert 1 == 0",
        _in_query("state eq @settled"),
    ),
)
