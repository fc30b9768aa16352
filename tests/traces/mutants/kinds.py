"""The rules of completions of unknown kind, and of rebuilding the ledger."""

from tests.traces.mutants.mutant import DOUBLED, MISSING, REGRESSED, Edit, in_claimed, in_plan, in_requests, mutant

_WAITS = "test_kinds.py::test_a_completion_waits_for_its_assignment"
_GRACE = "test_kinds.py::test_a_completion_goes_out_after_the_grace_time"
_FOUND = "test_rebuild.py::test_what_graph_has_is_found_before_anything_is_created"

KINDS = (
    mutant(
        "kind: a completion of unknown kind doesn't wait",
        _WAITS,
        "AssertionError: assert Done(",
        in_plan("if desired.completed and not knows_kind(record):", "if False:"),
    ),
    mutant(
        "kind: the assignment doesn't take over the mark",
        _WAITS,
        "AssertionError: assert Done(action=<...ED: 'merged'>)",
        in_claimed("(mark.awaits_kind and knows_kind(record))", "False"),
    ),
    mutant(
        "kind: any event takes over the mark",
        _GRACE,
        "AssertionError: assert Retry(",
        in_claimed("(mark.awaits_kind and knows_kind(record))", "mark.awaits_kind"),
    ),
    mutant(
        "kind: the grace time begins anew with each try",
        _GRACE,
        "ValueError: not enough values",
        in_plan("(now if record.sync.waiting_since is None else record.sync.waiting_since)", "now"),
    ),
    mutant(
        "kind: what a source's setting says about its enrolments is ignored",
        "test_kinds.py::test_a_source_that_says_its_kind_does_not_wait",
        "AssertionError: assert Retry(",
        Edit("intake/parse.py", "if kind is not None and document", "if False and document"),
    ),
    mutant(
        "kind: everything of unknown kind waits",
        "test_kinds.py::test_only_a_completion_waits",
        "AssertionError: assert Retry(",
        in_plan("if desired.completed and not knows_kind(record):", "if not knows_kind(record):"),
    ),
    mutant(
        "rebuild: nothing is looked up",
        f"{_FOUND}[assigned]",
        DOUBLED,
        in_claimed("self._stored.etag is None and self._rebuilds and", "False and"),
    ),
    mutant(
        "rebuild: what's found doesn't enter the record",
        f"{_FOUND}[assigned]",
        REGRESSED,
        in_requests("found.facts() if expected is None else None", "None"),
    ),
    mutant(
        "rebuild: what's found has no time",
        "test_rebuild.py::test_an_old_removal_changes_nothing",
        MISSING,
        Edit("domain/found.py", "Clock(max(times.values(), default=0), 0", "Clock(0, 0"),
    ),
    mutant(
        "rebuild: what's found belongs to nobody",
        "test_rebuild.py::test_a_removal_that_names_nobody[completed]",
        MISSING,
        in_claimed("if owner is not None and owner.subject is None and state.known is not None:", "if False:"),
    ),
    mutant(
        "rebuild: what's found may be anybody's",
        "test_rebuild.py::test_somebody_elses_activity_is_not_found",
        "AssertionError: assert []",
        in_plan(
            "return Lookup(known, attempt, kind, None if invocation.rebinds else invocation.resolved.ids)",
            "return Lookup(known, attempt, kind)",
        ),
    ),
    mutant(
        "rebuild: after a crash, it's forgotten that a lookup is needed",
        "test_rebuild.py::test_a_crash_while_the_record_is_rebuilt[table:insert-1-after]",
        DOUBLED,
        Edit("storage/rows.py", '        ("attempt", Attempt),\n', ""),
    ),
)
