"""The rules of cycles and redrives, and of what counts in a record."""

from tests.traces.mutants.mutant import REGRESSED, Edit, mutant

_CYCLES = "test_cycles.py::"
_RENEWED = f"{_CYCLES}test_a_renewal_takes_a_completion_back"
_ANEW = f"{_CYCLES}test_an_assignment_after_a_removal_begins_anew"
_AGAIN = f"{_CYCLES}test_an_enrolment_after_a_completion"
_LATE = f"{_CYCLES}test_what_is_late_from_the_cycle_before_changes_nothing"
_TOLD = "AssertionError: assert {'"


def _in_cycle(old: str, new: str) -> Edit:
    return Edit("domain/cycle.py", old, new)


CYCLES = (
    mutant(
        "cycle: an assignment after a removal continues the former cycle",
        _ANEW,
        _TOLD,
        _in_cycle("(time in removals and time < last and not completed)", "False"),
    ),
    mutant(
        "cycle: a removal after a completion begins a cycle",
        f"{_CYCLES}test_a_completion_before_its_removal_stays",
        REGRESSED,
        _in_cycle("time < last and not completed)", "time < last)"),
    ),
    mutant(
        "cycle: a removal begins a cycle without an assignment after it",
        "activities/domain/test_cycle.py::test_stories",
        "assert False",
        _in_cycle("(time in removals and time < last and not completed)", "(time in removals and not completed)"),
    ),
    mutant(
        "cycle: a value from the former cycle counts",
        _ANEW,
        _TOLD,
        _in_cycle(
            "None if found is None or found.clock.occurred < self.begin else found.value",
            "None if found is None else found.value",
        ),
    ),
    mutant(
        "cycle: a completion from the former cycle counts",
        _LATE,
        _TOLD,
        _in_cycle(" if moment.at >= self.begin]", "]"),
    ),
    mutant(
        "cycle: an event that starts over doesn't begin a cycle",
        _RENEWED,
        _TOLD,
        _in_cycle('max((moment.at for moment in facts.moments.get("over", ())), default=_ALWAYS)', "_ALWAYS"),
    ),
    mutant(
        "cycle: a value that was taken away isn't sent as null",
        _RENEWED,
        _TOLD,
        Edit("graph/bodies.py", "{properties[name]: None for name in desired.cleared if name in properties}", "{}"),
    ),
    mutant(
        "cycle: a value that was taken away makes no difference",
        "activities/domain/test_digest.py::test_what_has_no_value_any_more_goes_out_as_null",
        "AssertionError",
        Edit("domain/desired.py", "cleared=tuple(name for name in _heard_of(record) if values[name] is None),", ""),
    ),
    mutant(
        "cycle: an enrolment after a completion continues the cycle although the source starts over",
        f"{_AGAIN}[startsOver-expected0]",
        _TOLD,
        _in_cycle("(time in enrolments and completed)", "False"),
    ),
    mutant(
        "cycle: an enrolment after a completion starts over although the source continues",
        f"{_AGAIN}[continues-expected1]",
        _TOLD,
        Edit(
            "handler.py",
            "enrols_again=parsed.enrols_again,",
            'enrols_again=parsed.event.event_type == "course.assigned",',
        ),
    ),
    mutant(
        "merge: a clock that's far ahead is believed",
        f"{_CYCLES}test_a_clock_that_is_far_ahead_is_refused",
        "AssertionError: assert False",
        Edit("intake/parse.py", "result.event.occurred_at - now > _AHEAD:", "False:"),
    ),
    mutant(
        "redrive: an event without a time occurred when it was redriven",
        "test_redrives.py::test_an_event_without_a_time_occurred_when_it_was_first_received",
        "AssertionError: assert datetime.datetime(",
        Edit("handler.py", "message.first_seen or now, now)", "now, now)"),
    ),
    mutant(
        "redrive: a body is merged into the record that the envelope names",
        "test_redrives.py::test_a_body_in_which_another_enrolment_is_found_now",
        REGRESSED,
        Edit(
            "handler.py",
            "first = await self._reconciler.reconcile(message, former, None, task)",
            "return await self._reconciler.reconcile(message, former, _news(parsed), task)",
        ),
    ),
)
