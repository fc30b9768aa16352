"""The other rules: retries and their marks, leases, deadlines, and creates whose effect is unclear."""

from tests.traces.mutants.mutant import (
    DOUBLED,
    HANGS,
    LOST,
    Edit,
    in_claimed,
    in_conclusion,
    in_plan,
    in_times,
    in_work,
    mutant,
)

_WRITE_RETRY = "            await self._parts.delivery.retry(self._message, retry, self._enrollment_id, nonce)\n"
_SAVE_MARK = "            if await self._claimed.save(marked):\n"
_PARKED = "claimed.record.sync.parking("

OTHERS = (
    mutant(
        "the mark is written before its message",
        "test_retries.py::test_a_retry_is_written_before_its_mark",
        LOST,
        in_conclusion(_WRITE_RETRY, ""),
        in_conclusion(_SAVE_MARK, _SAVE_MARK + "    " + _WRITE_RETRY.replace("nonce)", "mark.nonce)")),
    ),
    mutant(
        "a retry doesn't clear its mark",
        "test_retries.py::test_a_retry_clears_its_mark",
        LOST,
        in_claimed(
            "        record = self.record.synced(state)\n",
            "        kept = state.retry or self._stored.record.sync.retry\n"
            "        record = self.record.synced(replace(state, retry=kept))\n",
        ),
    ),
    mutant(
        "under another's lease, a message is done once it's merged",
        "test_retries.py::test_a_duplicate_under_anothers_lease_is_tried_again",
        LOST,
        in_work("return await self.conclusion.leave(retry)", "return Done(Action.MERGED)"),
    ),
    mutant(
        "a lookup doesn't wait for the settle time",
        "test_creates.py::test_an_unclear_create_is_looked_up_a_settle_time_after_its_lease",
        DOUBLED,
        in_plan(
            "if now < state.attempt.conclusive_from:",
            "if now < state.attempt.conclusive_from - times.settle - times.margin:",
        ),
    ),
    mutant(
        "a request starts although the lease doesn't outlast it",
        "test_creates.py::test_a_request_starts_only_if_the_lease_outlasts_it",
        DOUBLED,
        in_times("now + self.deadline <= lease.until", "now <= lease.until"),
    ),
    mutant(
        "a request has no deadline",
        "test_creates.py::test_a_request_ends_at_its_deadline",
        HANGS,
        Edit(
            "graph/transport.py",
            "async with asyncio.timeout(RESPONSE * self._deadline):",
            "async with asyncio.timeout(None):",
        ),
    ),
    mutant(
        "a dead letter makes the record forget an unclear create",
        "test_creates.py::test_a_parked_record_keeps_its_unclear_create",
        DOUBLED,
        in_conclusion(_PARKED, _PARKED.replace("sync.", "sync.attempt_ended().")),
    ),
    mutant(
        "an invocation goes on after it has lost its lease",
        "test_replaces.py::test_an_invocation_that_lost_its_lease_does_not_go_on",
        DOUBLED,
        in_claimed(
            "if theirs.lease is None or theirs.lease.owner != self._owner:",
            "if theirs.lease is None:",
        ),
    ),
    mutant(
        "a 503 to a create counts as having no effect",
        "test_creates.py::test_a_failed_create_that_may_have_had_an_effect_is_looked_up[503]",
        DOUBLED,
        Edit(
            "graph/responses.py",
            "may_have_effect=status == HTTPStatus.SERVICE_UNAVAILABLE",
            "may_have_effect=False",
        ),
    ),
    mutant(
        "a message is put back although its retry has been written",
        "simulation/test_outages.py::test_messages_do_not_multiply[table:update-ill]",
        "assert 391 <= (2 * 2)",
        Edit("sync/reconcile.py", "if work.conclusion.retry is None:", "if True:"),
    ),
    mutant(
        "a message is put back although its retry has been written, because something hangs",
        "simulation/test_outages.py::test_messages_do_not_multiply[table:update-hanging]",
        "assert 12 <= (2 * 2)",
        Edit("sync/reconcile.py", "asyncio.timeout(REQUESTS * self.parts.times.deadline)", "asyncio.timeout(None)"),
    ),
)
