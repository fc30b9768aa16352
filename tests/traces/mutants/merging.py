"""Rules of merging: clocks, ties, nulls, cycles and stated times."""

from tests.traces.mutants.mutant import Edit, mutant

_ASSERTION, _PLAIN = "AssertionError", "assert "
_TIE = "activities/domain/test_fields.py::test_a_tie_is_decided_by_meaning"
_STORY = "activities/domain/test_cycle.py::test_stories"
_TIMES = "activities/domain/test_desired.py::test_a_stated_time_counts_more_than_the_time_of_an_event"

MERGING = (
    mutant(
        "merge: an earlier clock counts",
        "activities/domain/test_fields.py::test_any_order_and_any_duplicates_give_the_same_facts",
        _ASSERTION,
        Edit("domain/fields.py", "theirs.clock > ours.clock", "True"),
    ),
    mutant(
        "merge: only the latest moments are kept",
        "activities/domain/test_fields.py::test_of_many_moments_the_earliest_and_the_latest_are_kept",
        _PLAIN,
        Edit("domain/fields.py", "ordered[:KEPT] + ordered[-KEPT:]", "ordered[-2 * KEPT :]"),
    ),
    mutant(
        "merge: moments are taken from one side only",
        "activities/domain/test_fields.py::test_any_order_and_any_duplicates_give_the_same_facts",
        _ASSERTION,
        Edit("domain/fields.py", "_bounded({*moments.get(name, ()), *more})", "more"),
    ),
    mutant(
        "ties: a hash decides",
        "activities/domain/test_fields.py::test_no_hash_decides_what_a_learner_has_reached",
        _ASSERTION,
        Edit("domain/fields.py", "Clock(occurred, _rank(name, value), event_hash,", "Clock(occurred, 0, event_hash,"),
    ),
    mutant(
        "ties: removed wins over present",
        f"{_TIE}[present over removed]",
        _ASSERTION,
        Edit(
            "domain/fields.py",
            "return int(value) if isinstance(value, int) else 0",
            "return int(value) if type(value) is int else -int(value is True)",
        ),
    ),
    mutant(
        "ties: the status that's further along doesn't win",
        f"{_TIE}[the further status]",
        _ASSERTION,
        Edit("domain/fields.py", 'if name == "status":', 'if name == "no status":'),
    ),
    mutant(
        "a due date of null says nothing",
        "activities/domain/test_fields.py::test_an_absent_property_says_nothing_and_null_takes_a_value_away",
        _ASSERTION,
        Edit("domain/fields.py", 'if "due_at" in assignment.model_fields_set:', "if due_at is not None:"),
    ),
    mutant(
        "notes of null say nothing",
        "activities/domain/test_fields.py::test_an_absent_property_says_nothing_and_null_takes_a_value_away",
        _ASSERTION,
        Edit("domain/fields.py", 'if "notes" in assignment.model_fields_set:', "if notes is not None:"),
    ),
    mutant(
        "an absent due date takes it away",
        "activities/domain/test_fields.py::test_an_absent_property_says_nothing_and_null_takes_a_value_away",
        _ASSERTION,
        Edit("domain/fields.py", 'if "due_at" in assignment.model_fields_set:', "if True:"),
    ),
    mutant(
        "a removal starts over",
        "activities/domain/test_fields.py::test_the_moments_of_an_event[unassigned--]",
        _ASSERTION,
        Edit(
            "domain/fields.py",
            '    if isinstance(event, CourseUnassigned):\n        yield "removed"',
            "    if isinstance(event, CourseUnassigned):\n"
            "        if event.starts_over:\n"
            '            yield "over", Moment(occurred, occurred, stated=False)\n'
            '        yield "removed"',
        ),
    ),
    mutant(
        "a completion belongs to the cycle of its event",
        f"{_STORY}[in order-late: a completion that says that it was in the cycle before]",
        _ASSERTION,
        Edit("domain/fields.py", "occurred if event.starts_over else min(shown, occurred)", "occurred"),
    ),
    mutant(
        "a completion that starts over belongs to the former cycle",
        f"{_STORY}[in order-a completion that starts over belongs to its own cycle, whatever time it states]",
        _ASSERTION,
        Edit("domain/fields.py", "occurred if event.starts_over else min(shown, occurred)", "min(shown, occurred)"),
    ),
    mutant(
        "an event's stated time may lie in a later cycle",
        f"{_STORY}[in order-a completion whose stated time is in a later cycle]",
        _ASSERTION,
        Edit("domain/fields.py", "else min(shown, occurred)", "else shown"),
    ),
    mutant(
        "cycle: startsOver is ignored",
        f"{_STORY}[in order-startsOver: nothing before it counts]",
        _PLAIN,
        Edit("domain/cycle.py", 'facts.moments.get("over", ())', "()"),
    ),
    mutant(
        "cycle: the first startsOver counts",
        f"{_STORY}[in order-the latest startsOver]",
        _PLAIN,
        Edit(
            "domain/cycle.py",
            'begin = max((moment.at for moment in facts.moments.get("over", ())), default=_ALWAYS)',
            'begin = min((moment.at for moment in facts.moments.get("over", ())), default=_ALWAYS)',
        ),
    ),
    mutant(
        "cycle: a re-assignment continues the former cycle",
        f"{_STORY}[in order-removed, then assigned]",
        _PLAIN,
        Edit("domain/cycle.py", "(time in removals and time < last and not completed)", "False"),
    ),
    mutant(
        "cycle: a removal without a later assignment begins a cycle",
        f"{_STORY}[in order-removed, then progress without an assignment]",
        _PLAIN,
        Edit(
            "domain/cycle.py",
            "time in removals and time < last and not completed",
            "time in removals and not completed",
        ),
    ),
    mutant(
        "cycle: a removal after a completion lets an assignment begin a cycle",
        f"{_STORY}[in order-completed, removed, assigned: stays completed]",
        _PLAIN,
        Edit("domain/cycle.py", "time < last and not completed", "time < last"),
    ),
    mutant(
        "cycle: a completion in an earlier cycle protects a later one from removals",
        f"{_STORY}[in order-a completion of an earlier cycle does not keep a later one]",
        _PLAIN,
        Edit(
            "domain/cycle.py",
            "any(begin <= completion < time for completion in completions)",
            "any(completion < time for completion in completions)",
        ),
    ),
    mutant(
        "cycle: the same instant counts as earlier (assigned)",
        f"{_STORY}[in order-assigned in the instant of the removal]",
        _PLAIN,
        Edit(
            "domain/cycle.py", "time in removals and time < last and not", "time in removals and time <= last and not"
        ),
    ),
    mutant(
        "cycle: the same instant counts as earlier (completed)",
        f"{_STORY}[in order-completed in the instant of the removal]",
        _PLAIN,
        Edit("domain/cycle.py", "any(begin <= completion < time for", "any(begin <= completion <= time for"),
    ),
    mutant(
        "cycle: an enrolment after a completion continues the former cycle",
        f"{_STORY}[in order-enrolled again after a completion]",
        _PLAIN,
        Edit("domain/cycle.py", "(time in enrolments and completed) or", "False or"),
    ),
    mutant(
        "cycle: every enrolment begins a cycle",
        f"{_STORY}[in order-enrolled again without a completion]",
        _PLAIN,
        Edit("domain/cycle.py", "(time in enrolments and completed)", "(time in enrolments)"),
    ),
    mutant(
        "cycle: a late completion from the former cycle completes the new one",
        f"{_STORY}[in order-late: a completion of the cycle before]",
        _ASSERTION,
        Edit("domain/cycle.py", "if moment.at >= self.begin]", "]"),
    ),
    mutant(
        "cycle: values from the former cycle count",
        f"{_STORY}[in order-late: progress of the cycle before]",
        _ASSERTION,
        Edit(
            "domain/cycle.py",
            "return None if found is None or found.clock.occurred < self.begin else found.value",
            "return None if found is None else found.value",
        ),
    ),
    mutant(
        "times: an implied time counts as much as a stated one",
        f"{_TIMES}[a stated start over the time of an event]",
        _ASSERTION,
        Edit("domain/cycle.py", "(not moment.stated, moment.shown)", "moment.shown"),
    ),
    mutant(
        "times: the latest start counts",
        f"{_TIMES}[the first stated start]",
        _ASSERTION,
        Edit("domain/cycle.py", "(not moment.stated, moment.shown)", "(not moment.stated, -moment.shown)"),
    ),
    mutant(
        "times: an implied assignment time outweighs a stated one",
        f"{_TIMES}[a stated assignment over the time of an event]",
        _ASSERTION,
        Edit("domain/desired.py", "if isinstance(stated, str):", "if isinstance(stated, str) and implied is None:"),
    ),
)
