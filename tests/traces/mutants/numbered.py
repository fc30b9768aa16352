"""The rules H1 to H14. Each closes a hole that was found in a small model of the sync."""

from tests.traces.mutants.mutant import (
    DOUBLED,
    LOST,
    ORPHAN,
    REGRESSED,
    Edit,
    in_conclusion,
    in_plan,
    in_requests,
    in_times,
    in_work,
    mutant,
)


def _not_written_ahead_after(step: str) -> Edit:
    """Send every request that follows a step of this type without writing it ahead."""
    write_ahead = "if await claimed.write_ahead(step, parts.clock(), parts.times):"
    taken = f'"{step}" in {{one.__name__ for one in self._steps_taken}}'
    return in_work(write_ahead, write_ahead.replace("if", f"if {taken} or"))


_YOUNG_SHOWN = in_requests("if sent < shows:", "if sent < activity.since:")
_SHOWN_LATER = in_requests("if sent < shows:", "if self._clock() < shows:")
_BELIEVED = in_requests(
    "return state.vanished(Attempt(conclusive_from, activity.immutable))", "return state.deleted(activity)"
)
_NO_TYPE = in_requests("if expected is None or found.says_type else", "if expected is None else")
_DELETED_FOUND = in_requests("if found.id == state.deleted_id:", 'if found.id == "":')
_LEARN = "claimed.learn(*await self._requests.send(step, claimed.record.sync))"
_ACKNOWLEDGE = """learned, facts = await self._requests.send(step, claimed.record.sync)
                desired, activity = desired_state(claimed.record, parts.provider_id), learned.activity
                if desired is not None and activity is not None:
                    learned = learned.updated(replace(activity, acknowledged=desired.digest))
                claimed.learn(learned, facts)"""
_NOT_FOUND = "AssertionError: the lost create wasn't found"
_LOOKED_UP = "AssertionError: the 404 led to a lookup"

NUMBERED = (
    mutant(
        "H1: the wait for an unclear create begins with the attempt",
        "test_creates.py::test_an_unclear_create_is_looked_up_a_settle_time_after_its_lease",
        DOUBLED,
        in_times(
            "return lease.until + self.margin + self.settle",
            "return lease.until - self.lease + self.margin + self.settle",
        ),
    ),
    mutant(
        "H2: no write between lookup and create",
        "test_creates.py::test_a_create_after_a_lookup_is_written_ahead",
        DOUBLED,
        _not_written_ahead_after("Lookup"),
    ),
    mutant(
        "H3: no write between delete and create, and Graph says no type",
        "test_replaces.py::test_the_record_is_written_between_delete_and_create",
        _NOT_FOUND,
        _not_written_ahead_after("Delete"),
        _NO_TYPE,
    ),
    mutant(
        "H3: no write between delete and create, and a 404 is believed",
        "test_replaces.py::test_the_record_is_written_between_delete_and_create",
        DOUBLED,
        _not_written_ahead_after("Delete"),
        _BELIEVED,
    ),
    mutant(
        "H4: no write after a 404 and the lookup that confirms it",
        "test_not_found.py::test_a_create_after_a_404_is_written_ahead",
        DOUBLED,
        _not_written_ahead_after("Lookup"),
    ),
    mutant(
        "H5: an unclear create isn't looked up if no activity is desired",
        "test_creates.py::test_an_unclear_create_is_looked_up_even_if_no_activity_is_desired",
        LOST,
        in_plan("    if state.attempt is not None:\n", "    if state.attempt is not None and desired is not None:\n"),
    ),
    mutant(
        "H6: a 404 for a young activity leads to a lookup",
        "test_not_found.py::test_a_delete_of_a_young_activity_does_not_believe_a_404",
        _LOOKED_UP,
        _YOUNG_SHOWN,
    ),
    mutant(
        "H6: an update believes a 404 for a young activity",
        "test_not_found.py::test_an_update_of_a_young_activity_does_not_believe_a_404",
        DOUBLED,
        _YOUNG_SHOWN,
        _BELIEVED,
    ),
    mutant(
        "H6: a delete believes a 404 for a young activity",
        "test_not_found.py::test_a_delete_of_a_young_activity_does_not_believe_a_404",
        ORPHAN,
        _YOUNG_SHOWN,
        _BELIEVED,
    ),
    mutant(
        "H6: an update believes a 404 without a lookup",
        "test_not_found.py::test_a_404_is_confirmed_by_a_lookup[update]",
        DOUBLED,
        _BELIEVED,
    ),
    mutant(
        "H6: a delete believes a 404 without a lookup",
        "test_not_found.py::test_a_404_is_confirmed_by_a_lookup[delete]",
        ORPHAN,
        _BELIEVED,
    ),
    mutant(
        "H7: an activity's age is taken when the response arrives",
        "test_not_found.py::test_the_age_of_an_activity_counts_when_the_request_is_sent",
        _LOOKED_UP,
        _SHOWN_LATER,
    ),
    mutant(
        "H7: an activity's age is taken when the response arrives, and a 404 is believed",
        "test_not_found.py::test_the_age_of_an_activity_counts_when_the_request_is_sent",
        ORPHAN,
        _SHOWN_LATER,
        _BELIEVED,
    ),
    mutant(
        "H8: the lease is given back after an unclear response",
        "test_retries.py::test_after_an_unclear_response_the_lease_runs_out",
        REGRESSED,
        in_conclusion("state if error.may_have_effect else state.released())", "state.released())"),
        Edit("domain/retry_policy.py", "max(wait, unclear) if error.may_have_effect else wait", "wait"),
    ),
    mutant(
        "H9: what a lookup finds counts as acknowledged",
        "test_creates.py::test_a_lookup_adopts_only_the_id",
        REGRESSED,
        in_work(_LEARN, _ACKNOWLEDGE),
    ),
    mutant(
        "H10: a lookup may find what was deleted, and Graph says no type",
        "test_replaces.py::test_a_lookup_that_shows_a_deleted_activity_is_not_believed",
        "AssertionError: the deleted activity was believed to be there",
        _DELETED_FOUND,
        _NO_TYPE,
    ),
    mutant(
        "H10: a lookup may find what was deleted, and a 404 is believed",
        "test_replaces.py::test_a_lookup_that_shows_a_deleted_activity_is_not_believed",
        DOUBLED,
        _DELETED_FOUND,
        _BELIEVED,
    ),
    mutant(
        "H11: a mark outlives its message",
        "test_retries.py::test_a_mark_lapses_before_its_message_becomes_visible",
        LOST,
        in_times("return due - self.margin", "return due + self.lease"),
    ),
    mutant(
        "H12: the invocations of a process share one owner",
        "test_creates.py::test_two_invocations_of_one_process_do_not_share_a_lease",
        DOUBLED,
        in_work("owner = secrets.token_hex(8)", 'owner = "this process"'),
    ),
    mutant(
        "H13: a lease is taken over as soon as it ends",
        "test_retries.py::test_a_lease_is_taken_over_a_margin_after_its_end",
        REGRESSED,
        in_times("return lease.until + self.margin\n", "return lease.until\n"),
    ),
    mutant(
        "H14: a parked record is never tried again",
        "test_retries.py::test_a_parked_record_is_tried_again",
        LOST,
        in_plan(
            "    if state.attempt is not None:\n",
            "    if state.parked:\n        return Settled()\n    if state.attempt is not None:\n",
        ),
    ),
)
