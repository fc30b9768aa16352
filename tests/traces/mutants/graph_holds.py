"""When a kind of request is held, and what processes tell each other about Graph."""

from tests.traces.mutants.mutant import Edit, mutant

_TESTS = "activities/graph/"

HOLDS = (
    mutant(
        "one record's failure begins a hold",
        _TESTS + "test_transport.py::test_a_fault_holds_nothing_until_three_records_met_it",
        "assert [False, True,...e, True, True] == [False, False...e, True, True",
        Edit("graph/holds.py", "RECORDS = 3", "RECORDS = 1"),
    ),
    mutant(
        "three records don't begin a hold",
        _TESTS + "test_holds.py::test_three_records_in_a_row_hold_a_kind",
        "assert False",
        Edit("graph/holds.py", "RECORDS = 3", "RECORDS = 4"),
    ),
    mutant(
        "one record's failures count as several",
        _TESTS + "test_holds.py::test_one_record_alone_never_holds_others",
        "assert not True",
        Edit(
            "graph/holds.py",
            "    records: set[str] = field(default_factory=set)",
            "    records: list[str] = field(default_factory=list)",
        ),
        Edit("graph/holds.py", "streak.records.add(record)", "streak.records.append(record)"),
    ),
    mutant(
        "failures of one kind count for all",
        _TESTS + "test_holds.py::test_kinds_are_counted_apart",
        "assert [True, False, False] == [False, False, False]",
        Edit(
            "graph/holds.py",
            "        streak.records.add(record)\n",
            "        for one in self._streaks.values():\n            one.records.add(record)\n",
        ),
    ),
    mutant(
        "a refusal by a hold counts as a failure",
        _TESTS + "test_holds.py::test_a_refusal_by_a_hold_is_no_failure",
        "assert not True",
        Edit("graph/admission.py", "        if fault.held:\n            return\n", ""),
    ),
    mutant(
        "a success doesn't end a row of failures",
        _TESTS + "test_holds.py::test_a_success_ends_a_row_of_failures",
        "assert not True",
        Edit("graph/holds.py", "        self._streaks.pop(kind, None)\n", ""),
    ),
    mutant(
        "operators don't see a hold",
        _TESTS + "test_holds.py::test_operators_see_a_hold_until_somebody_succeeds",
        "AssertionError: assert {} == {'create/assi...'create: 403'}",
        Edit(
            "graph/admission.py",
            "            if kind in self._holds:\n                self._tell_of_hold(kind, fault.detail)\n",
            "",
        ),
    ),
    mutant(
        "operators still see a hold after a success",
        _TESTS + "test_holds.py::test_operators_see_a_hold_until_somebody_succeeds",
        "AssertionError: assert {'create/assi...",
        Edit("domain/shared_state.py", " if hold.at > self.last_success.get(kind, 0.0)", ""),
    ),
    mutant(
        "a hold begins without news from other processes",
        _TESTS + "test_holds.py::test_a_success_elsewhere_prevents_a_hold",
        "assert 1 == (1 + 1)",
        Edit(
            "graph/admission.py",
            "                await self.share()\n            finally:\n                streak",
            "                await asyncio.sleep(0)\n            finally:\n                streak",
        ),
    ),
    mutant(
        "a success elsewhere doesn't prevent a hold",
        _TESTS + "test_holds.py::test_a_success_elsewhere_prevents_a_hold",
        "assert not True",
        Edit("graph/holds.py", "        seen |= {kind: streak.seen for kind, streak in self._streaks.items()}\n", ""),
    ),
    mutant(
        "a success elsewhere doesn't lift a hold",
        _TESTS + "test_holds.py::test_a_success_elsewhere_lifts_a_hold",
        "assert not True",
        Edit(
            "graph/holds.py",
            "        seen = {kind: hold.seen for kind, hold in self._holds.items()}\n",
            "        seen: dict[str, int] = {}\n",
        ),
    ),
    mutant(
        "a success of another kind elsewhere prevents a hold",
        _TESTS + "test_holds.py::test_a_success_of_another_kind_elsewhere_prevents_nothing",
        "assert False",
        Edit("graph/holds.py", "            if successes(kind) > before:", "            if True:"),
    ),
    mutant(
        "the first probe comes late",
        _TESTS + "test_probes.py::test_a_hold_admits_one_probe_and_the_first_soon",
        "assert [True, True, True] == [False, True, True]",
        Edit("graph/holds.py", "_FIRST = 1 / 60", "_FIRST = 1.0"),
    ),
    mutant(
        "a hold admits several probes at once",
        _TESTS + "test_probes.py::test_a_hold_admits_one_probe_and_the_first_soon",
        "assert [False, False, False] == [False, True, True]",
        Edit(
            "graph/holds.py",
            "            hold.until, hold.probing = now + self._probe, True",
            "            hold.probing = True",
        ),
    ),
    mutant(
        "a failed probe doesn't extend the hold",
        _TESTS + "test_probes.py::test_a_hold_admits_one_probe_and_the_first_soon",
        "assert [True, True, True] == [False, True, True]",
        Edit(
            "graph/holds.py",
            "hold.detail, hold.until, hold.probing = detail, now + self._pause(hold, now), False",
            "hold.detail, hold.probing = detail, False",
        ),
    ),
    mutant(
        "after a probe without a result, the next comes late",
        _TESTS + "test_probes.py::test_a_probe_that_tells_nothing_is_followed_by_another",
        "assert not True",
        Edit("graph/holds.py", "now + self._probe, True", "now + 100 * self._probe, True"),
    ),
    mutant(
        "a successful probe doesn't lift the hold",
        _TESTS + "test_probes.py::test_a_successful_probe_lifts_a_hold",
        "assert not True",
        Edit("graph/holds.py", "        self._holds.pop(kind, None)\n", ""),
    ),
    mutant(
        "a call that's refused uses up a probe",
        _TESTS + "test_holds.py::test_a_call_that_is_refused_uses_no_probe_and_no_slot",
        "assert not True",
        Edit(
            "graph/admission.py",
            "            self._holds.check(kind, _now())\n",
            "            self._holds.check(kind, _now())\n            self._holds.admitted(kind, _now())\n",
        ),
    ),
    mutant(
        "a failure that isn't the probe's extends the hold",
        _TESTS + "test_holds.py::test_the_second_hold_is_logged",
        "AssertionError: assert [('create/ass... 'under way')] == []",
        Edit("graph/holds.py", "        if not hold.probing:\n            return False\n", ""),
    ),
    mutant(
        "the log doesn't name the record",
        _TESTS + "test_holds.py::test_the_second_hold_is_logged",
        "KeyError: 'record'",
        Edit("graph/admission.py", "telemetry.held(kind, fault.detail, record)", "telemetry.held(kind, fault.detail)"),
    ),
    mutant(
        "failures that come together begin several holds",
        _TESTS + "test_holds.py::test_failures_that_come_together_begin_one_hold",
        "assert 18 == 1",
        Edit("graph/holds.py", "and not streak.considered else", "else"),
    ),
    mutant(
        "a decision that was cut off is never taken again",
        _TESTS + "test_holds.py::test_a_decision_that_was_broken_off_is_taken_by_the_next_failure",
        "assert False",
        Edit("graph/admission.py", "                streak.considered = False\n", "                pass\n"),
    ),
    mutant(
        "successes that were told to others aren't counted",
        _TESTS + "test_admission.py::test_successes_are_counted_with_those_of_others",
        "assert (1, 1, 0) == (5, 1, 0)",
        Edit(
            "graph/admission.py",
            "return self._exchange.known, self._exchange.telling, ",
            "return self._exchange.telling, ",
        ),
    ),
    mutant(
        "successes that are being told aren't counted",
        _TESTS + "test_admission.py::test_what_is_being_told_is_not_forgotten",
        "AssertionError: assert 1 == 2",
        Edit(
            "graph/admission.py",
            "return self._exchange.known, self._exchange.telling, ",
            "return self._exchange.known, ",
        ),
    ),
    mutant(
        "successes that couldn't be told are lost",
        _TESTS + "test_admission.py::test_what_is_being_told_is_not_forgotten",
        "AssertionError: assert 1 == 2",
        Edit("graph/exchange.py", "                self.news = telling.plus(self.news)", "                pass"),
    ),
    mutant(
        "a process that sends nothing more doesn't tell its successes",
        _TESTS + "test_admission.py::test_others_learn_what_succeeded_although_nothing_more_is_sent",
        "AssertionError: assert {} == {'create/assignment': 1}",
        Edit("graph/admission.py", "        if self._shares and self._alarm is None:", "        if False:"),
    ),
    mutant(
        "closing doesn't end the alarm",
        _TESTS + "test_admission.py::test_closing_sends_nothing_more",
        "assert 2 == 1",
        Edit(
            "graph/admission.py",
            "        if self._alarm is not None:\n            self._alarm.cancel()\n        if self._sharing",
            "        if self._sharing",
        ),
    ),
    mutant(
        "several exchanges run at once",
        _TESTS + "test_admission.py::test_exchanges_follow_each_other",
        "assert 3 == 1",
        Edit(
            "graph/exchange.py",
            "        asked = _loop_time()\n        async with self._one_at_a_time:\n",
            "        asked = _loop_time()\n        if True:\n",
        ),
    ),
    mutant(
        "the clock isn't the event loop's",
        _TESTS + "test_admission.py::test_nothing_is_admitted_while_graph_is_closed",
        "AssertionError: assert 29",
        Edit("graph/admission.py", "    return asyncio.get_running_loop().time()", "    return time.monotonic()"),
    ),
    mutant(
        "the log names an empty record",
        "activities/test_telemetry.py::test_a_hold_is_logged",
        "AssertionError: assert '' == None",
        Edit("telemetry.py", '{"record": record} if record else {}', '{"record": record}'),
    ),
)
