"""The rules of publishing from files."""

from tests.traces.mutants.mutant import Edit, Mutant, mutant

_TESTS = "tools/operate/publish/"
_SENDING, _PLAN, _EXPORT, _COMMANDS = (
    f"{_TESTS}test_{name}.py::" for name in ("sending", "plan", "export", "commands")
)


def _in_tool(file: str, old: str, new: str) -> Edit:
    return Edit(f"../tools/operate/publish/{file}", old, new)


PUBLISHING: tuple[Mutant, ...] = (
    mutant(
        "publishing: a run continues with a changed file",
        f"{_SENDING}test_a_file_that_has_changed_is_not_gone_on_with[another content]",
        "Failed: DID NOT RAISE",
        _in_tool("journal.py", "if journal._notes() != noted:", "if journal.done != noted.done:"),
    ),
    mutant(
        "publishing: a message that storage refused is noted as sent",
        f"{_SENDING}test_a_refusal_of_storage_ends_the_run",
        "Failed: DID NOT RAISE",
        _in_tool("sending.py", "        raise _first(refused) from None\n", "        _first(refused)\n"),
    ),
    mutant(
        "publishing: an interrupted run begins anew",
        f"{_SENDING}test_an_interrupted_run_goes_on_where_it_was",
        "assert 0 < 0",
        _in_tool("sending.py", "        journal.save()\n", ""),
    ),
    mutant(
        "publishing: messages expire",
        f"{_SENDING}test_all_are_sent_and_never_expire",
        "assert 20",
        _in_tool("sending.py", "NEVER = -1", "NEVER = 604_800"),
    ),
    mutant(
        "publishing: a backfill sends what the app refuses",
        f"{_COMMANDS}test_backfill_sends_what_the_app_understands",
        "AssertionError: assert {'sent': 3",
        _in_tool("work.py", 'all(verdict.became != "refused" for verdict in judged)', "True"),
    ),
    mutant(
        "publishing: rows are taken for messages",
        f"{_COMMANDS}test_publish_takes_no_rows_for_messages",
        "assert (0, False) == (2, True)",
        _in_tool("commands.py", "    if file.lower().endswith(_CSV):\n", "    if not file:\n"),
    ),
    mutant(
        "publishing: a row with shifted cells is sent",
        f"{_EXPORT}test_a_row_whose_cells_may_be_shifted_is_a_fault[too many]",
        "AssertionError: assert",
        _in_tool("export.py", "if len(cells) != len(header):", "if len(cells) < len(header):"),
    ),
    mutant(
        "publishing: an export assigns",
        f"{_PLAN}test_a_second_export_changes_only_what_has_changed",
        "AssertionError: assert [<Effect.CHAN",
        _in_tool("export.py", 'else "course.progressed")', 'else "course.assigned")'),
    ),
    mutant(
        "publishing: a plan merges another source's event",
        f"{_PLAN}test_another_source_is_refused",
        "AssertionError: assert (<Effect.UNCL",
        _in_tool("plan.py", "if record.owner is not None and not record.owner.is_source_of(one.news):", "if False:"),
    ),
    mutant(
        "publishing: a plan merges another name for the learner",
        f"{_PLAN}test_the_app_does_what_was_planned[somebody else]",
        "AssertionError: assert (<Effect.",
        _in_tool("plan.py", "elif not record.takes(one.news):", "elif False:"),
    ),
)
