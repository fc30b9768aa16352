"""When a kind of request is held, and what processes tell each other about Graph."""

from tests.traces.mutants.mutant import Edit, mutant

_TESTS = "activities/graph/"

HOLDS = (
    mutant(
        "sending holds nobody",
        _TESTS + "test_transport.py::test_a_fault_holds_nothing_until_three_records_met_it",
        "assert [False, True,...e, True, True] == [False, False...e, True, True",
        Edit("graph/holds.py", "RECORDS = 3", "RECORDS = 1"),
    ),
    mutant(
        "three records hold",
        _TESTS + "test_holds.py::test_three_records_in_a_row_hold_a_kind",
        "assert False",
        Edit("graph/holds.py", "RECORDS = 3", "RECORDS = 4"),
    ),
    mutant(
        "different records",
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
        "by kind",
        _TESTS + "test_holds.py::test_kinds_are_counted_apart",
        "assert [True, False, False] == [False, False, False]",
        Edit(
            "graph/holds.py",
            "        streak.records.add(record)\n",
            "        for one in self._streaks.values():\n            one.records.add(record)\n",
        ),
    ),
    mutant(
        "held is no failure",
        _TESTS + "test_holds.py::test_a_refusal_by_a_hold_is_no_failure",
        "assert not True",
        Edit("graph/admission.py", "        if fault.held:\n            return\n", ""),
    ),
    mutant(
        "a success ends the row",
        _TESTS + "test_holds.py::test_a_success_ends_a_row_of_failures",
        "assert not True",
        Edit("graph/holds.py", "        self._streaks.pop(kind, None)\n", ""),
    ),
    mutant(
        "operators see a hold",
        _TESTS + "test_holds.py::test_operators_see_a_hold_until_somebody_succeeds",
        "AssertionError: assert {} == {'create/assi...'create: 403'}",
        Edit(
            "graph/admission.py",
            "            if kind in self._holds:\n                self._tell_of_hold(kind, fault.detail)\n",
            "",
        ),
    ),
    mutant(
        "a success ends what operators see",
        _TESTS + "test_holds.py::test_operators_see_a_hold_until_somebody_succeeds",
        "AssertionError: assert {'create/assi...",
        Edit("domain/shared_state.py", " if hold.at > self.last_success.get(kind, 0.0)", ""),
    ),
    mutant(
        "share before a hold",
        _TESTS + "test_holds.py::test_a_success_elsewhere_prevents_a_hold",
        "assert 1 == (1 + 1)",
        Edit(
            "graph/admission.py",
            "                await self.share()\n            finally:\n                streak",
            "                await asyncio.sleep(0)\n            finally:\n                streak",
        ),
    ),
    mutant(
        "a success elsewhere prevents",
        _TESTS + "test_holds.py::test_a_success_elsewhere_prevents_a_hold",
        "assert not True",
        Edit("graph/holds.py", "        seen |= {kind: streak.seen for kind, streak in self._streaks.items()}\n", ""),
    ),
    mutant(
        "a success elsewhere lifts",
        _TESTS + "test_holds.py::test_a_success_elsewhere_lifts_a_hold",
        "assert not True",
        Edit(
            "graph/holds.py",
            "        seen = {kind: hold.seen for kind, hold in self._holds.items()}\n",
            "        seen: dict[str, int] = {}\n",
        ),
    ),
    mutant(
        "another kind elsewhere",
        _TESTS + "test_holds.py::test_a_success_of_another_kind_elsewhere_prevents_nothing",
        "assert False",
        Edit("graph/holds.py", "            if successes(kind) > before:", "            if True:"),
    ),
    mutant(
        "the first probe soon",
        _TESTS + "test_probes.py::test_a_hold_admits_one_probe_and_the_first_soon",
        "assert [True, True, True] == [False, True, True]",
        Edit("graph/holds.py", "_FIRST = 1 / 60", "_FIRST = 1.0"),
    ),
    mutant(
        "one probe",
        _TESTS + "test_probes.py::test_a_hold_admits_one_probe_and_the_first_soon",
        "assert [False, False, False] == [False, True, True]",
        Edit(
            "graph/holds.py",
            "            hold.until, hold.probing = now + self._probe, True",
            "            hold.probing = True",
        ),
    ),
    mutant(
        "a probe that fails extends",
        _TESTS + "test_probes.py::test_a_hold_admits_one_probe_and_the_first_soon",
        "assert [True, True, True] == [False, True, True]",
        Edit(
            "graph/holds.py",
            "hold.detail, hold.until, hold.probing = detail, now + self._pause(hold, now), False",
            "hold.detail, hold.probing = detail, False",
        ),
    ),
    mutant(
        "a probe without result",
        _TESTS + "test_probes.py::test_a_probe_that_tells_nothing_is_followed_by_another",
        "assert not True",
        Edit("graph/holds.py", "now + self._probe, True", "now + 100 * self._probe, True"),
    ),
    mutant(
        "a success lifts",
        _TESTS + "test_probes.py::test_a_successful_probe_lifts_a_hold",
        "assert not True",
        Edit("graph/holds.py", "        self._holds.pop(kind, None)\n", ""),
    ),
    mutant(
        "check before taking",
        _TESTS + "test_holds.py::test_a_call_that_is_refused_uses_no_probe_and_no_slot",
        "assert not True",
        Edit(
            "graph/admission.py",
            "            self._holds.check(kind, _now())\n",
            "            self._holds.check(kind, _now())\n            self._holds.admitted(kind, _now())\n",
        ),
    ),
    mutant(
        "alert with the second hold",
        _TESTS + "test_holds.py::test_the_second_hold_is_logged",
        "AssertionError: assert [('create/ass... 'under way')] == []",
        Edit("graph/holds.py", "        if not hold.probing:\n            return False\n", ""),
    ),
    mutant(
        "the record in the log",
        _TESTS + "test_holds.py::test_the_second_hold_is_logged",
        "KeyError: 'record'",
        Edit("graph/admission.py", "telemetry.held(kind, fault.detail, record)", "telemetry.held(kind, fault.detail)"),
    ),
    mutant(
        "considered once",
        _TESTS + "test_holds.py::test_failures_that_come_together_begin_one_hold",
        "assert 18 == 1",
        Edit("graph/holds.py", "and not streak.considered else", "else"),
    ),
    mutant(
        "considered anew",
        _TESTS + "test_holds.py::test_a_decision_that_was_broken_off_is_taken_by_the_next_failure",
        "assert False",
        Edit("graph/admission.py", "                streak.considered = False\n", "                pass\n"),
    ),
    mutant(
        "counts what was told",
        _TESTS + "test_admission.py::test_successes_are_counted_with_those_of_others",
        "assert (1, 1, 0) == (5, 1, 0)",
        Edit(
            "graph/admission.py",
            "return self._exchange.known, self._exchange.telling, ",
            "return self._exchange.telling, ",
        ),
    ),
    mutant(
        "counts what is being told",
        _TESTS + "test_admission.py::test_what_is_being_told_is_not_forgotten",
        "AssertionError: assert 1 == 2",
        Edit(
            "graph/admission.py",
            "return self._exchange.known, self._exchange.telling, ",
            "return self._exchange.known, ",
        ),
    ),
    mutant(
        "tells again",
        _TESTS + "test_admission.py::test_what_is_being_told_is_not_forgotten",
        "AssertionError: assert 1 == 2",
        Edit("graph/exchange.py", "                self.news = telling.plus(self.news)", "                pass"),
    ),
    mutant(
        "tells although silent",
        _TESTS + "test_admission.py::test_others_learn_what_succeeded_although_nothing_more_is_sent",
        "AssertionError: assert {} == {'create/assignment': 1}",
        Edit("graph/admission.py", "        if self._shares and self._alarm is None:", "        if False:"),
    ),
    mutant(
        "closing ends the alarm",
        _TESTS + "test_admission.py::test_closing_sends_nothing_more",
        "assert 2 == 1",
        Edit(
            "graph/admission.py",
            "        if self._alarm is not None:\n            self._alarm.cancel()\n        if self._sharing",
            "        if self._sharing",
        ),
    ),
    mutant(
        "one exchange at a time",
        _TESTS + "test_admission.py::test_exchanges_follow_each_other",
        "assert 3 == 1",
        Edit(
            "graph/exchange.py",
            "        asked = _loop_time()\n        async with self._one_at_a_time:\n",
            "        asked = _loop_time()\n        if True:\n",
        ),
    ),
    mutant(
        "the loop's clock",
        _TESTS + "test_admission.py::test_nothing_is_admitted_while_graph_is_closed",
        "AssertionError: assert 29",
        Edit("graph/admission.py", "    return asyncio.get_running_loop().time()", "    return time.monotonic()"),
    ),
    mutant(
        "log of a hold",
        "activities/test_telemetry.py::test_a_hold_is_logged",
        "AssertionError: assert '' == None",
        Edit("telemetry.py", '{"record": record} if record else {}', '{"record": record}'),
    ),
)
