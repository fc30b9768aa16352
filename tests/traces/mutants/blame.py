"""The rules of blame: whose fault a failure is, and what waits for what."""

from tests.traces.mutants.mutant import Edit, in_conclusion, mutant

_BLAME = "test_blame.py::"
_ALONE = f"{_BLAME}test_one_record_alone_is_given_up_and_holds_nobody"
_NOBODY = f"{_BLAME}test_nobody_is_blamed_while_nobody_gets_through"
_LEDGER = "test_retries.py::test_a_ledger_that_cannot_be_used_holds_every_message"
_EVIDENCE = "evidence = before.kind == kind and successes > before.seen"
_STORAGE = "AssertionError: assert Retry("


def _in_policy(old: str, new: str) -> Edit:
    return Edit("domain/retry_policy.py", old, new)


BLAME = (
    mutant(
        "blame: a refusal counts without evidence",
        _NOBODY,
        "AssertionError: assert 5 == 20",
        _in_policy(_EVIDENCE, "evidence = True"),
    ),
    mutant(
        "blame: lost responses count without evidence",
        f"{_BLAME}test_days_without_graph_make_no_dead_letter[failed]",
        "assert not {",
        _in_policy(_EVIDENCE, "evidence = True"),
    ),
    mutant(
        "blame: an unknown refusal is blamed on the record at once",
        f"{_ALONE}[unknown words]",
        "AssertionError: assert 0 == (5 - 1)",
        _in_policy("if failing.refusals >= self.blame_tries:", "if failing.refusals >= 1:"),
    ),
    mutant(
        "blame: what sounds like everybody's fault is never blamed on one record",
        f"{_ALONE}[everybody's words]",
        "AssertionError: assert False",
        _in_policy("case EverybodysFault() | Refused() if failing.refusals", "case Refused() if failing.refusals"),
    ),
    mutant(
        "blame: one record alone holds others",
        f"{_ALONE}[everybody's words]",
        "AssertionError: others are held",
        Edit("graph/holds.py", "RECORDS = 3", "RECORDS = 1"),
    ),
    mutant(
        "blame: the same record counts as several",
        "activities/graph/test_holds.py::test_one_record_alone_never_holds_others",
        "assert not True",
        Edit("graph/holds.py", "streak.records.add(record)", "streak.records.add(f'{record} {len(streak.records)}')"),
    ),
    mutant(
        "blame: a success elsewhere doesn't lift a hold",
        "activities/graph/test_holds.py::test_a_success_elsewhere_lifts_a_hold",
        "assert not True",
        Edit("graph/holds.py", "if successes(kind) > before:", "if False:"),
    ),
    mutant(
        "blame: a record whose responses are lost is never given up",
        f"{_BLAME}test_a_record_whose_responses_are_lost_is_given_up",
        "AssertionError: assert False",
        _in_policy("case Unclear() if failing.unclear >= self.patience:", "case Unclear() if False:"),
    ),
    mutant(
        "blame: a process without a connection to Graph counts its tries",
        "activities/domain/test_retry_policy.py::test_a_process_without_a_way_to_graph_blames_nobody",
        "AssertionError: assert",
        _in_policy("_NOT_LOOKED_AT = (0, HTTPStatus.UNAUTHORIZED)", "_NOT_LOOKED_AT = ()"),
    ),
    mutant(
        "blame: a throttled try counts as if the course weren't missing",
        f"{_BLAME}test_a_missing_course_is_given_up_in_time",
        "AssertionError: messages are left",
        _in_policy("        return before\n", "        return replace(before, missing=False)\n"),
    ),
    mutant(
        "blame: a record waits for hours",
        _NOBODY,
        "AssertionError: assert",
        _in_policy("LONGEST_DELAY = 900.0", "LONGEST_DELAY = 90_000.0"),
    ),
    mutant(
        "blame: an event that isn't merged forgets its failures",
        f"{_BLAME}test_an_event_that_is_not_merged_counts_its_own_failures",
        "AssertionError: assert [",
        in_conclusion("self._message = replace(self._message, failing=failing)", "pass"),
    ),
    mutant(
        "blame: a faulty ledger is each message's own error",
        f"{_LEDGER}[table:get-ill]",
        _STORAGE,
        Edit("storage/faults.py", "status >= HTTPStatus.INTERNAL_SERVER_ERROR or", ""),
    ),
    mutant(
        "blame: a ledger that refuses access is each message's own error",
        f"{_LEDGER}[table:insert-closed]",
        _STORAGE,
        Edit("storage/faults.py", "or status in _CLOSED", ""),
    ),
    mutant(
        "blame: a ledger that doesn't respond is each message's own error",
        f"{_LEDGER}[table:update-no response]",
        _STORAGE,
        Edit("storage/faults.py", "if not isinstance(error, HttpResponseError) or", "if"),
    ),
)
