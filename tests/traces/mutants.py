"""The product with one rule taken away, and the traces that must notice.

Each mutant is a few exact replacements in files of `activities/`; a text that is not there exactly once is an error,
so that the table cannot rot silently.
"""

from dataclasses import dataclass

# What a trace's assertion says in the end.
DOUBLED = "AssertionError: wrong in Graph: ['doubled']"
ORPHAN = "AssertionError: wrong in Graph: ['unexpected']"
REGRESSED = "AssertionError: wrong in Graph: ['regressed']"
LOST = "AssertionError: lost: nobody will come back to the record"
HANGS = "AssertionError: it hangs"


@dataclass(frozen=True)
class Edit:
    """One replacement in a file of `activities/`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A rule taken away; `trace` (in tests/traces) has to end in what breaks without the rule."""

    name: str
    edits: tuple[Edit, ...]
    trace: str
    end: str


def _sync(old: str, new: str) -> Edit:
    return Edit("sync/reconcile.py", old, new)


def _requests(old: str, new: str) -> Edit:
    return Edit("sync/perform.py", old, new)


_STORE_CLAIM = "if not await self._store_held(state):"
_UNCLEAR_UNTIL = "unclear = _unclear_until(error, state, self.settings) - now"
_YOUNG = _requests("if sent < shows:", "if sent < state.activity_since:")
_H1 = "test_creates.py::test_an_unclear_create_is_looked_up_a_settle_time_after_its_lease"
_WRITE_RETRY = "            await self.parts.delivery.retry(self.message, retry, self.enrollment_id, nonce)\n"

MUTANTS = (
    Mutant(
        "H1: unclear creates wait from the attempt",
        (_sync("clear_at = state.attempt_until +", "clear_at = state.attempt_until - settings.lease +"),),
        _H1,
        DOUBLED,
    ),
    Mutant(
        "H2: no write between lookup and create",
        (_sync(_STORE_CLAIM, "if self.taken[-1:] != [Step.LOOKUP] and not await self._store_held(state):"),),
        "test_creates.py::test_a_create_after_a_lookup_is_written_ahead",
        DOUBLED,
    ),
    Mutant(
        "H3: no write between delete and create",
        (_sync(_STORE_CLAIM, "if self.taken[-1:] != [Step.DELETE] and not await self._store_held(state):"),),
        "test_replaces.py::test_the_record_is_written_between_delete_and_create",
        DOUBLED,
    ),
    Mutant(
        "H4: no write after an update's 404",
        (_sync(_STORE_CLAIM, "if Step.UPDATE not in self.taken and not await self._store_held(state):"),),
        "test_not_found.py::test_an_update_after_404_is_written_ahead",
        DOUBLED,
    ),
    Mutant(
        "H5: an unclear create is nothing to delete",
        (
            Edit(
                "domain/sync_state.py",
                "if state.attempt_until is not None:",
                "if state.attempt_until is not None and want is not None:",
            ),
        ),
        "test_creates.py::test_an_unclear_create_is_resolved_though_nothing_is_wanted",
        LOST,
    ),
    Mutant(
        "H6: a young activity's 404 to an update is believed",
        (_YOUNG,),
        "test_not_found.py::test_an_update_of_a_young_activity_does_not_believe_404",
        DOUBLED,
    ),
    Mutant(
        "H6: a young activity's 404 to a delete is believed",
        (_YOUNG,),
        "test_not_found.py::test_a_delete_of_a_young_activity_does_not_believe_404",
        ORPHAN,
    ),
    Mutant(
        "H6: an update's 404 is believed without a lookup",
        (
            Edit(
                "domain/sync_state.py",
                "return replace(state, activity_id=None, attempt_until=now)",
                "return deleted(state)",
            ),
        ),
        "test_not_found.py::test_an_update_that_meets_404_looks_up_first",
        DOUBLED,
    ),
    Mutant(
        "H7: age is judged when the answer is there",
        (_requests("if sent < shows:", "if self._clock() < shows:"),),
        "test_not_found.py::test_age_is_judged_when_the_request_was_sent",
        ORPHAN,
    ),
    Mutant(
        "H8: the lease is dropped after an unclear answer",
        (
            _sync(
                "self.record.sync if error.may_have_effect else steps.free(self.record.sync)",
                "steps.free(self.record.sync)",
            ),
            Edit("domain/retry_policy.py", _UNCLEAR_UNTIL, "unclear = 0.0"),
        ),
        "test_retries.py::test_after_an_unclear_answer_the_lease_runs_out",
        REGRESSED,
    ),
    Mutant(
        "H9: what a lookup finds counts as acknowledged",
        (
            _requests(
                "return steps.found(state, found, self._clock())",
                "return steps.updated(steps.found(state, found, self._clock()), want.digest)",
            ),
        ),
        "test_creates.py::test_a_lookup_adopts_the_id_only",
        REGRESSED,
    ),
    Mutant(
        "H10: a lookup may find what was deleted",
        (_requests("if found == state.deleted_id:", 'if found == "":'),),
        "test_replaces.py::test_a_lookup_that_shows_what_was_deleted_is_not_believed",
        DOUBLED,
    ),
    Mutant(
        "H11: a mark outlives its message",
        (_sync("lapses = due - self.parts.settings.clock_margin", "lapses = due + self.parts.settings.lease"),),
        "test_retries.py::test_a_mark_lapses_before_its_message_shows_itself",
        LOST,
    ),
    Mutant(
        "H12: the invocations of a process are one owner",
        (_sync("self.owner = secrets.token_hex(8)", 'self.owner = "this process"'),),
        "test_replaces.py::test_two_invocations_of_one_process_do_not_share_a_lease",
        DOUBLED,
    ),
    Mutant(
        "H13: a lease is taken over at its end",
        (_sync("now < state.lease_until + margin", "now < state.lease_until"),),
        "test_retries.py::test_a_lease_is_taken_over_a_margin_after_its_end",
        REGRESSED,
    ),
    Mutant(
        "H14: a parked record is done with",
        (
            _sync(
                "if steps.next_step(state, want) is None:",
                "if steps.next_step(state, want) is None or (state.parked and not changed):",
            ),
        ),
        "test_retries.py::test_a_parked_record_tries_again",
        LOST,
    ),
    Mutant(
        "mark before message",
        (
            _sync(_WRITE_RETRY, ""),
            _sync(
                "            if await self._store_held(marked):\n                break\n",
                "            if await self._store_held(marked):\n    "
                + _WRITE_RETRY
                + "                return retry\n",
            ),
        ),
        "test_retries.py::test_a_retry_message_is_written_before_its_mark",
        LOST,
    ),
    Mutant(
        "a retry does not clear its mark",
        (
            _sync("replace(stored, retry_nonce=None, retry_until=0.0) if ours else stored", "stored"),
            _sync(
                "marked = state.retry_nonce is not None and", "marked = not ours and state.retry_nonce is not None and"
            ),
        ),
        "test_retries.py::test_a_retry_clears_its_mark",
        LOST,
    ),
    Mutant(
        "under a live lease merge and say done",
        (_sync("if marked else await self.unmarked(wait)", "if wait else await self.unmarked(wait)"),),
        "test_retries.py::test_under_a_live_lease_a_duplicate_comes_back",
        LOST,
    ),
    Mutant(
        "a lookup does not wait",
        (_sync("if now < clear_at:", "if now < state.attempt_until:"),),
        _H1,
        DOUBLED,
    ),
    Mutant(
        "a request starts though the lease does not outlast it",
        (_requests("if now + self._settings.graph_deadline > state.lease_until:", "if now > state.lease_until:"),),
        "test_creates.py::test_a_request_starts_only_if_the_lease_outlasts_it",
        DOUBLED,
    ),
    Mutant(
        "a request has no deadline",
        (Edit("graph/client.py", "self._deadline = settings.graph_deadline", "self._deadline = None"),),
        "test_creates.py::test_a_request_ends_at_its_deadline",
        HANGS,
    ),
    Mutant(
        "a dead letter forgets an unclear create",
        (
            _sync(
                "            if await self._store_held(state):\n                break",
                "            if await self._store_held(steps.absent(state)):\n                break",
            ),
        ),
        "test_creates.py::test_a_dead_letter_keeps_an_unclear_create",
        DOUBLED,
    ),
    Mutant(
        "whoever lost the lease goes on",
        (_sync("if theirs.lease_owner != self.owner:", "if theirs.lease_owner is None:"),),
        "test_replaces.py::test_whoever_lost_the_lease_goes_no_further",
        DOUBLED,
    ),
    Mutant(
        "a 503 on a create had no effect",
        (
            Edit(
                "graph/responses.py",
                "may_have_effect=status == HTTPStatus.SERVICE_UNAVAILABLE",
                "may_have_effect=False",
            ),
        ),
        "test_creates.py::test_a_failed_create_that_may_have_landed_is_looked_up[503]",
        DOUBLED,
    ),
)
