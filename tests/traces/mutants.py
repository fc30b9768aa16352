"""The product with one rule taken away, and the trace that must notice.

Each mutant is a few exact replacements in files of `activities/`. A text that is not there exactly once is an error, so
that the table cannot rot silently.
"""

from dataclasses import dataclass

# How the assertion of a trace ends.
DOUBLED = "AssertionError: wrong in Graph: ['doubled']"
ORPHAN = "AssertionError: wrong in Graph: ['unexpected']"
REGRESSED = "AssertionError: wrong in Graph: ['regressed']"
LOST = "AssertionError: lost: nobody will come back to the record"
LEFT = "AssertionError: dead letters are left"
HANGS = "AssertionError: it hangs"


@dataclass(frozen=True)
class Edit:
    """One replacement in a file of `activities/`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A rule taken away. `trace` (in tests/traces) has to end in what breaks without the rule."""

    name: str
    edits: tuple[Edit, ...]
    trace: str
    end: str


def _plan(old: str, new: str) -> Edit:
    return Edit("sync/plan.py", old, new)


def _reconcile(old: str, new: str) -> Edit:
    return Edit("sync/work.py", old, new)


def _requests(old: str, new: str) -> Edit:
    return Edit("sync/requests.py", old, new)


def _times(old: str, new: str) -> Edit:
    return Edit("domain/times.py", old, new)


def _not_written_ahead_after(step: str) -> Edit:
    """Send every request that follows a step of this type without writing it ahead."""
    write_ahead = "elif await claimed.write_ahead(step, parts.clock(), parts.times):"
    taken = f'"{step}" in {{one.__name__ for one in self._taken}}'
    return _reconcile(write_ahead, write_ahead.replace("elif", f"elif {taken} or"))


_YOUNG = _requests("if sent < shows:", "if sent < activity.since:")
_H1 = "test_creates.py::test_an_unclear_create_is_looked_up_a_settle_time_after_its_lease"
_LEARN = "claimed.learn(await self._requests.send(step, claimed.record.sync))"
_ACKNOWLEDGE = """learned = await self._requests.send(step, claimed.record.sync)
                desired, activity = desired_state(claimed.record), learned.activity
                if desired is not None and activity is not None:
                    learned = learned.updated(type(activity)(activity.id, activity.since, activity.immutable,
                                                             desired.digest))
                claimed.learn(learned)"""
_WRITE_RETRY = "            await self._parts.delivery.retry(self._message, retry, self._enrollment_id, nonce)\n"
_SAVE_MARK = "            if await self._claimed.save(marked):\n"

MUTANTS = (
    Mutant(
        "H1: unclear creates wait from the attempt",
        (
            _times(
                "return lease.until + self.margin + self.settle",
                "return lease.until - self.lease + self.margin + self.settle",
            ),
        ),
        _H1,
        DOUBLED,
    ),
    Mutant(
        "H2: no write between lookup and create",
        (_not_written_ahead_after("Lookup"),),
        "test_creates.py::test_a_create_after_a_lookup_is_written_ahead",
        DOUBLED,
    ),
    Mutant(
        "H3: no write between delete and create",
        (_not_written_ahead_after("Delete"),),
        "test_replaces.py::test_the_record_is_written_between_delete_and_create",
        DOUBLED,
    ),
    Mutant(
        "H4: no write after an update's 404",
        (_not_written_ahead_after("Update"),),
        "test_not_found.py::test_an_update_after_404_is_written_ahead",
        DOUBLED,
    ),
    Mutant(
        "H5: an unclear create is nothing to delete",
        (_plan("if state.attempt is None:", "if state.attempt is None or desired_state(record) is None:"),),
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
            _requests(
                "return state.vanished(Attempt(activity.immutable, conclusive_from=self._clock()))",
                "return state.deleted(activity)",
            ),
        ),
        "test_not_found.py::test_an_update_that_meets_404_looks_up_first",
        DOUBLED,
    ),
    Mutant(
        "H7: age is judged when the response has come",
        (_requests("if sent < shows:", "if self._clock() < shows:"),),
        "test_not_found.py::test_age_is_judged_when_the_request_was_sent",
        ORPHAN,
    ),
    Mutant(
        "H8: the lease is dropped after an unclear response",
        (
            _reconcile(
                "failed(state if error.may_have_effect else state.released(), decision",
                "failed(state.released(), decision",
            ),
            Edit(
                "domain/retry_policy.py",
                "unclear = self._conclusive_from(state) - now if error.may_have_effect else 0.0",
                "unclear = 0.0",
            ),
        ),
        "test_retries.py::test_after_an_unclear_response_the_lease_runs_out",
        REGRESSED,
    ),
    Mutant(
        "H9: what a lookup finds counts as acknowledged",
        (_reconcile(_LEARN, _ACKNOWLEDGE),),
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
        (_times("return due - self.margin", "return due + self.lease"),),
        "test_retries.py::test_a_mark_lapses_before_its_message_becomes_visible",
        LOST,
    ),
    Mutant(
        "H12: the invocations of a process are one owner",
        (_reconcile("owner = secrets.token_hex(8)", 'owner = "this process"'),),
        "test_replaces.py::test_two_invocations_of_one_process_do_not_share_a_lease",
        DOUBLED,
    ),
    Mutant(
        "H13: a lease is taken over at its end",
        (_times("return lease.until + self.margin\n", "return lease.until\n"),),
        "test_retries.py::test_a_lease_is_taken_over_a_margin_after_its_end",
        REGRESSED,
    ),
    Mutant(
        "H14: a parked record is done with",
        (
            _plan(
                "    if state.attempt is None:",
                "    if state.parked:\n        return Settled()\n    if state.attempt is None:",
            ),
        ),
        "test_retries.py::test_a_parked_record_tries_again",
        LOST,
    ),
    Mutant(
        "mark before message",
        (
            _reconcile(_WRITE_RETRY, ""),
            _reconcile(_SAVE_MARK, _SAVE_MARK + "    " + _WRITE_RETRY.replace("nonce)", "mark.nonce)")),
        ),
        "test_retries.py::test_a_retry_message_is_written_before_its_mark",
        LOST,
    ),
    Mutant(
        "a retry does not clear its mark",
        (
            Edit(
                "sync/claimed.py",
                "        record = self.record.synced(state)\n",
                "        kept = state.retry or self._stored.record.sync.retry\n"
                "        record = self.record.synced(replace(state, retry=kept))\n",
            ),
        ),
        "test_retries.py::test_a_retry_clears_its_mark",
        LOST,
    ),
    Mutant(
        "under a live lease merge and say done",
        (
            _reconcile(
                "return await self.retry_unmarked(Retry(time - now, RetryReason.LEASED))", "return Done(Action.MERGED)"
            ),
        ),
        "test_retries.py::test_under_a_live_lease_a_duplicate_comes_back",
        LOST,
    ),
    Mutant(
        "a lookup does not wait",
        (
            _plan(
                "if now < state.attempt.conclusive_from:",
                "if now < state.attempt.conclusive_from - times.settle - times.margin:",
            ),
        ),
        _H1,
        DOUBLED,
    ),
    Mutant(
        "a request starts though the lease does not outlast it",
        (_times("now + self.deadline <= lease.until", "now <= lease.until"),),
        "test_creates.py::test_a_request_starts_only_if_the_lease_outlasts_it",
        DOUBLED,
    ),
    Mutant(
        "a request has no deadline",
        (Edit("graph/transport.py", "self._deadline = settings.graph_deadline", "self._deadline = None"),),
        "test_creates.py::test_a_request_ends_at_its_deadline",
        HANGS,
    ),
    Mutant(
        "a dead letter forgets an unclear create",
        (
            _reconcile(
                "failed(claimed.record.sync, letter, now)", "failed(claimed.record.sync.withdrawn(), letter, now)"
            ),
        ),
        "test_creates.py::test_a_dead_letter_keeps_an_unclear_create",
        DOUBLED,
    ),
    Mutant(
        "an invocation that lost its lease goes on",
        (
            Edit(
                "sync/claimed.py",
                "if theirs.lease is None or theirs.lease.owner != self._owner:",
                "if theirs.lease is None:",
            ),
        ),
        "test_replaces.py::test_an_invocation_that_lost_its_lease_goes_no_further",
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
    Mutant(
        "H15: a letter is written before it is noted",
        (
            _reconcile(
                "            if await claimed.save(failed(",
                "            await self._parts.letters.write(self._message, letter, self._enrollment_id,\n"
                "                                            number=claimed.record.sync.letter + 1)\n"
                "            if await claimed.save(failed(",
            ),
        ),
        "test_letters.py::test_a_letter_is_noted_before_it_is_written",
        LEFT,
    ),
    Mutant(
        "H16: a letter is written after its lease",
        (_reconcile("if not times.outlasts(lease, self._parts.clock()):", "if lease.until == 0:"),),
        "test_letters.py::test_a_letter_is_not_written_after_its_lease",
        LEFT,
    ),
    Mutant(
        "H17: a settled record forgets its letter before the letter is deleted",
        (
            _reconcile(
                "            await self._parts.letters.sweep(row_key",
                "            with suppress(RecordChanged):\n"
                "                await claimed.save(claimed.record.sync.swept())\n"
                "            await self._parts.letters.sweep(row_key",
            ),
        ),
        "test_letters.py::test_a_settled_record_remembers_that_its_letter_is_to_be_deleted",
        LEFT,
    ),
    Mutant(
        "H18: a later letter is deleted",
        (Edit("storage/letters.py", "<= number:", "<= number + 1:"),),
        "test_letters.py::test_a_later_letter_is_not_deleted_by_a_former_settle",
        LOST,
    ),
    Mutant(
        "H18: whatever letter lies there is deleted",
        (
            Edit(
                "storage/letters.py",
                "await blob.delete_blob(etag=found.etag, match_condition=MatchConditions.IfNotModified)",
                "await blob.delete_blob()",
            ),
        ),
        "test_letters.py::test_a_letter_that_is_replaced_before_its_deletion_stays",
        LOST,
    ),
)
