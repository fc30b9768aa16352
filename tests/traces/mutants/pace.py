"""How processes keep one pace under throttling, and what trouble leads to."""

from tests.traces.mutants.mutant import Edit, mutant

_PACE = "activities/domain/test_pace.py::"
_ADMISSION = "activities/graph/test_admission.py::"
_SHARED = "activities/graph/test_shared_pace.py::"
_CIRCUIT = "activities/graph/test_circuit.py::"
_LEDGER = "simulation/contracts/test_ledger.py::"


def _in_pace(old: str, new: str) -> Edit:
    return Edit("domain/pace.py", old, new)


def _in_exchange(old: str, new: str) -> Edit:
    return Edit("graph/exchange.py", old, new)


def _in_admission(old: str, new: str) -> Edit:
    return Edit("graph/admission.py", old, new)


PACE = (
    mutant(
        "pace: the first estimate forgets that Graph is closed",
        f"{_PACE}test_the_first_estimate",
        "assert ",
        _in_pace("max(opens - burst.began, _SHORTEST_BURST)", "_SHORTEST_BURST"),
    ),
    mutant(
        "pace: other processes' bursts don't count",
        f"{_PACE}test_the_bursts_of_all_processes_make_the_estimate",
        "assert ",
        _in_pace("self.burst.accepted + burst.accepted", "self.burst.accepted"),
    ),
    mutant(
        "pace: what is sent afterwards counts as a burst",
        f"{_PACE}test_the_bursts_of_all_processes_make_the_estimate",
        "AssertionError: assert Pace(",
        _in_pace(" or burst.began >= self.since", ""),
    ),
    mutant(
        "pace: the rate rises in a straight line",
        f"{_PACE}test_the_rate_returns_to_what_failed_and_then_goes_beyond",
        "assert [",
        _in_pace("(periods - 1.0) ** 3", "(periods - 1.0)"),
    ),
    mutant(
        "pace: after a long closing, a higher rate is tried just as soon",
        f"{_PACE}test_the_longer_graph_closes_the_more_seldom_a_higher_rate_is_tried",
        "assert (",
        _in_pace("period=_period(patience * (refusal.opens - refusal.sent))", "period=_SHORTEST_PERIOD"),
    ),
    mutant(
        "pace: a young pace doesn't rise sooner",
        f"{_PACE}test_while_a_pace_is_young_it_rises_soon",
        "assert [",
        _in_pace("_YOUNG = 20.0", "_YOUNG = 0.0"),
    ),
    mutant(
        "pace: a failure that comes soon is cut no deeper",
        f"{_PACE}test_a_rate_that_fails_soon_is_cut_deeper",
        "assert [0.03, ",
        _in_pace("min(2 * self.cut, _DEEPEST) if soon else CUT", "CUT"),
    ),
    mutant(
        "pace: without a time Graph is closed for ten seconds each time",
        f"{_PACE}test_without_a_time_graph_is_closed_for_longer_each_time",
        "assert [",
        _in_pace(
            "return DEFAULT_WAIT * (self.cut if sent < self.since else self._next_cut(sent)) / CUT",
            "return DEFAULT_WAIT",
        ),
    ),
    mutant(
        "pace: each request under way makes the wait longer",
        f"{_PACE}test_without_a_time_graph_is_closed_for_longer_each_time",
        "assert ",
        _in_pace("self.cut if sent < self.since else self._next_cut(sent)", "self._next_cut(sent)"),
    ),
    mutant(
        "pace: each request under way counts as a failure",
        f"{_PACE}test_requests_that_were_under_way_together_fail_once",
        "AssertionError: assert Pace(",
        _in_pace("if refusal.sent < self.since:", "if refusal.sent < 0:"),
    ),
    mutant(
        "pace: a request without a slot lowers the pace",
        f"{_PACE}test_a_request_that_kept_no_pace_says_nothing_about_it",
        "AssertionError: assert Pace(",
        _in_pace("        if not refusal.paced:\n            return self\n", ""),
    ),
    mutant(
        "pace: a call takes only one slot",
        f"{_ADMISSION}test_each_kind_of_a_call_takes_a_slot",
        "assert [",
        _in_pace("slot, given = slot + call.requests * interval", "slot, given = slot + interval"),
    ),
    mutant(
        "pace: everybody comes back at once",
        f"{_PACE}test_who_finds_no_slot_soon_has_a_turn",
        "assert 0.0 == ",
        _in_pace("                turn += call.requests * step\n", ""),
    ),
    mutant(
        "pace: a turn may be hours away",
        f"{_PACE}test_no_turn_is_too_late_for_a_correction",
        "assert ",
        _in_pace("LATEST_TURN = 900.0", "LATEST_TURN = 9000.0"),
    ),
    mutant(
        "pace: slots are given out for when Graph is closed",
        f"{_PACE}test_while_graph_is_closed_nobody_has_a_slot_before_it_opens",
        "assert [(",
        _in_pace("max(following, now + LEAD, opens)", "max(following, now + LEAD)"),
    ),
    mutant(
        "pace: an invocation that goes on waits like any other",
        f"{_PACE}test_an_invocation_that_goes_on_has_its_slots_in_any_case",
        "assert ",
        _in_pace("(slot <= latest or call.goes_on)", "slot <= latest"),
    ),
    mutant(
        "pace: a slot from a slower time holds everybody up",
        f"{_PACE}test_a_rate_that_has_risen_is_used_at_once",
        "assert ",
        _in_pace("min(self.next_slot, max(latest, now + LONGEST_MOMENT) + 2 * interval)", "self.next_slot"),
    ),
    mutant(
        "pace: the burst of a process that never sent began at time zero",
        f"{_SHARED}test_a_process_that_learns_the_pace_before_it_sends_spoils_no_estimate",
        "assert ",
        _in_pace("began: float = inf", "began: float = 0.0"),
        _in_admission(
            "(self._exchange.is_paced if call is None else call.paced):\n            self._exchange.sent",
            "self._exchange.is_paced:\n            self._exchange.sent",
        ),
    ),
    mutant(
        "pace: a process reserves everything",
        f"{_SHARED}test_a_process_that_dies_loses_a_second_or_two",
        "assert ",
        _in_pace("if (slot <= latest or call.goes_on) and not closed:", "if not closed:"),
    ),
    mutant(
        "pace: it never ends",
        f"{_PACE}test_the_rate_returns_to_what_failed_and_then_goes_beyond",
        "assert [",
        _in_pace("_FREE = 10.0", "_FREE = inf"),
    ),
    mutant(
        "pace: a damaged pace is kept",
        "activities/storage/test_shared.py::test_a_damaged_pace_stops_nobody",
        "AssertionError: assert Pace(",
        Edit("domain/shared_state.py", "self.pace is not None and self.pace.believable(latest)", "True"),
    ),
    mutant(
        "pace: requests wait although nobody is throttled",
        f"{_ADMISSION}test_nobody_waits_while_nobody_is_throttled",
        "assert ",
        _in_admission("        if self._exchange.is_paced:\n            wish", "        if True:\n            wish"),
    ),
    mutant(
        "pace: a request is sent as soon as it's ready",
        f"{_ADMISSION}test_a_request_waits_for_its_slot_until_it_is_ready_to_be_sent",
        "assert [",
        _in_admission("            await asyncio.sleep(slot - _now())\n", ""),
    ),
    mutant(
        "pace: a request that's late lowers the pace",
        f"{_ADMISSION}test_who_was_late_for_a_slot_says_nothing_about_the_rate",
        "assert [",
        _in_admission("            call.paced = _now() - slot < _LATE\n", ""),
    ),
    mutant(
        "pace: what was admitted is sent although Graph has closed",
        f"{_ADMISSION}test_a_closing_before_the_request_is_sent_stops_it",
        "Failed: DID NOT RAISE Throttled",
        _in_admission("        self.check()\n        # An open", "        # An open"),
    ),
    mutant(
        "pace: a slot is kept although Graph is closed at that time",
        f"{_ADMISSION}test_a_short_closing_is_waited_for",
        "assert ",
        _in_admission("if self._exchange.closed_for <= LEAD or", "if True or"),
    ),
    mutant(
        "pace: lookups before writes",
        f"{_ADMISSION}test_completions_come_before_other_writes_and_lookups_last",
        "assert ",
        Edit("graph/slots.py", "return 2 if not writes else", "return -1 if not writes else"),
    ),
    mutant(
        "pace: completions wait like any other",
        f"{_ADMISSION}test_completions_come_before_other_writes_and_lookups_last",
        "assert ",
        Edit("graph/slots.py", "0 if self.completes else 1", "1"),
    ),
    mutant(
        "pace: each process goes by its own clock",
        f"{_SHARED}test_what_one_process_is_told_closes_all",
        "assert ",
        _in_exchange("        if at is None or error >", "        if True or at is None or error >"),
    ),
    mutant(
        "pace: setting the clock doesn't move the pace",
        f"{_SHARED}test_a_clock_that_is_set_changes_nothing_about_a_pace",
        "assert ",
        _in_exchange("        self.known = self.known.later(offset - self._offset)\n", ""),
    ),
    mutant(
        "pace: everybody waits for a row that doesn't respond",
        f"{_SHARED}test_without_the_row_each_process_paces_itself",
        "assert ",
        _in_exchange("_SHORT = 2.0", "_SHORT = 60.0"),
        _in_admission("share_deadline: float = 5.0", "share_deadline: float = 60.0"),
    ),
    mutant(
        "pace: alone, a process takes the whole rate",
        f"{_SHARED}test_without_the_row_a_process_keeps_to_its_part",
        "assert ",
        _in_exchange("change(self.known, self._share())", "change(self.known)"),
    ),
    mutant(
        "pace: two processes create the row",
        f"{_LEDGER}test_eight_processes_that_tell_at_once_all_get_through",
        "assert [",
        Edit("storage/shared.py", "await self._table.create_entity(row)", "await self._table.upsert_entity(row)"),
    ),
    mutant(
        "pace: the row doesn't tell the time",
        f"{_LEDGER}test_the_shared_row_tells_the_time",
        "assert ",
        Edit("storage/shared.py", "return Told(state, _time_in(written))", "return Told(state)"),
    ),
    mutant(
        "trouble: one 5xx opens the circuit",
        "activities/graph/test_transport.py::test_trouble_in_a_row_opens_the_circuit",
        "AssertionError: assert [",
        Edit("graph/circuit.py", "if self._failures >= IN_A_ROW:", "if self._failures >= 1:"),
    ),
    mutant(
        "trouble: a success in between doesn't count",
        f"{_CIRCUIT}test_trouble_opens_the_circuit_only_after_several_in_a_row",
        "activities.domain.errors.Throttled: trouble: Graph only answers with errors",
        Edit(
            "graph/circuit.py",
            "self._failures, self._pause, self._until, self._probing = 0, 0.0",
            "self._pause, self._until, self._probing = 0.0",
        ),
    ),
    mutant(
        "trouble: every probe comes after a second",
        f"{_CIRCUIT}test_probes_come_after_a_second_and_then_ever_later",
        "assert ",
        Edit("graph/circuit.py", "min(2 * self._pause, LONGEST) if self._pause else FIRST", "FIRST"),
    ),
    mutant(
        "trouble: everybody probes",
        f"{_CIRCUIT}test_probes_come_after_a_second_and_then_ever_later",
        "Failed: DID NOT RAISE Throttled",
        Edit("graph/circuit.py", "now + min(2 * self._pause, LONGEST), True", "self._until, True"),
    ),
    mutant(
        "trouble: requests under way make it longer",
        f"{_CIRCUIT}test_failures_that_come_together_count_once",
        "assert ",
        Edit("graph/circuit.py", "if self._pause and not self._probing:", "if False:"),
    ),
    mutant(
        "trouble: an invocation's admitted requests block each other",
        f"{_ADMISSION}test_trouble_is_not_throttling",
        "activities.domain.errors.Throttled: trouble: Graph only answers with errors",
        _in_admission(
            "        for kind in kinds:\n            self._holds.admitted",
            "        self._circuit.admitted(_now())\n        for kind in kinds:\n            self._holds.admitted",
        ),
    ),
    mutant(
        "trouble: a refusal doesn't end it",
        "activities/graph/test_transport.py::test_any_other_response_ends_trouble",
        "AssertionError: assert False",
        _in_admission("        self._circuit.succeeded()\n", ""),
    ),
)
