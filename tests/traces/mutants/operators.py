"""The rules of the operators' command line."""

from tests.traces.mutants.mutant import Edit, Mutant, mutant

_TESTS = "tools/operate/"


def _in(file: str, old: str, new: str) -> Edit:
    return Edit(f"../tools/operate/{file}", old, new)


OPERATORS: tuple[Mutant, ...] = (
    mutant(
        "operators: a permission that was granted stays missing while the token lasts",
        f"{_TESTS}doctor/test_doctor.py::test_a_permission_counts_from_the_next_heartbeat",
        "AssertionError: assert",
        Edit("graph/credential.py", "        await self.forget()\n        try:", "        try:"),
    ),
    mutant(
        "operators: a letter shows who it's about",
        f"{_TESTS}dead_letters/test_show.py::test_what_is_about_the_learner_is_shown_only_if_asked",
        "AssertionError: assert 'e-1' not in",
        _in("dead_letters/show.py", '_PERSONAL = ("enrollmentId", "original", "encoding")', "_PERSONAL = ()"),
    ),
    mutant(
        "operators: a letter shows its message",
        f"{_TESTS}dead_letters/test_show.py::test_what_is_about_the_learner_is_shown_only_if_asked",
        "AssertionError: assert '7ba2228a-e0...0242ac120002' not in",
        _in("dead_letters/show.py", "    if personal:\n        _original", "    if body:\n        _original"),
    ),
    mutant(
        "operators: people are listed",
        f"{_TESTS}people/test_table.py::test_without_being_asked_people_are_only_counted",
        "AssertionError: assert [{",
        _in(
            "people/commands.py",
            "    if not session.show_personal_data:\n        counts",
            "    if not rows:\n        counts",
        ),
        _in("people/commands.py", "row if session.show_personal_data else row |", "row if rows else row |"),
    ),
    mutant(
        "operators: people are exported",
        f"{_TESTS}people/test_table.py::test_without_being_asked_people_are_only_counted",
        "AssertionError: assert (0,",
        _in("people/commands.py", '        raise WrongUsage("an export contains', '        str("an export contains'),
    ),
    mutant(
        "operators: everybody can read an export",
        f"{_TESTS}people/test_table.py::test_what_was_exported_can_be_imported",
        "AssertionError: assert 420 == 384",
        _in("files.py", "    os.fchmod(descriptor, 0o600)\n", ""),
    ),
    mutant(
        "operators: a token goes to another host",
        f"{_TESTS}test_account.py::test_what_is_no_name_of_an_account_is_refused",
        "AssertionError: assert",
        _in("account.py", "if not _NAME.fullmatch(name):", "if name is None:"),
    ),
    mutant(
        "operators: purge works without --yes",
        f"{_TESTS}dead_letters/test_purge.py::test_purge_needs_a_selection_and_a_confirmation",
        "AssertionError: assert",
        _in(
            "dead_letters/commands.py",
            "        if yes:\n            return await bulk.act(found, opened.purge",
            "        if found:\n            return await bulk.act(found, opened.purge",
        ),
    ),
    mutant(
        "operators: purge works without a selection",
        f"{_TESTS}dead_letters/test_purge.py::test_purge_needs_a_selection_and_a_confirmation",
        "AssertionError: assert",
        _in("dead_letters/commands.py", "    elif selection == Selection():", "    elif not yes and not letters:"),
    ),
    mutant(
        "operators: raw poison is deleted without --yes",
        f"{_TESTS}dead_letters/test_redrive.py::test_raw_poison_is_listed_without_its_text_and_deleted_only_with_yes",
        "AssertionError: assert",
        _in("dead_letters/commands.py", "        if yes and poisoned:", "        if poisoned:"),
    ),
    mutant(
        "operators: a redrive goes on after a refusal",
        f"{_TESTS}dead_letters/test_rights.py::test_a_redrive_stops_at_the_first_refusal",
        "AssertionError: assert",
        _in("dead_letters/bulk.py", "                refusals.append(error)\n", "                pass\n"),
    ),
    mutant(
        "operators: an unknown number is shown as zero",
        f"{_TESTS}status/test_status.py::test_a_part_that_cannot_be_read_costs_the_others_nothing",
        "AssertionError: assert 'records that are not settled: unknown",
        _in("status/commands.py", "'unknown' if counts is None else counts.total()", "(counts or Counter()).total()"),
    ),
    mutant(
        "operators: an old heartbeat counts as healthy",
        f"{_TESTS}doctor/test_doctor.py::test_an_old_heartbeat_is_a_finding",
        "AssertionError: assert ('heartbeat', True) == ('heartbeat', False)",
        _in("doctor/app.py", "_SILENT = 300.0", "_SILENT = 3e9"),
    ),
    mutant(
        "operators: the terminal obeys the LMS",
        f"{_TESTS}dead_letters/test_show.py::test_what_the_lms_sent_is_shown_and_not_obeyed",
        "AssertionError: assert",
        _in("screen.py", "    shown = visible(text)\n", "    shown = text\n"),
    ),
    mutant(
        "operators: wrong settings decide where the operator's token goes",
        f"{_TESTS}doctor/test_preflight.py::test_wrong_settings_get_no_token",
        "AssertionError: assert {",
        _in("doctor/preflight.py", "if all(finding.ok for finding in of_settings):", "if of_settings:"),
    ),
    mutant(
        "operators: raw poison shows its message",
        f"{_TESTS}dead_letters/test_poison.py::test_a_message_is_shown_without_its_text",
        "AssertionError: assert 'ann@contoso' not in",
        _in(
            "dead_letters/poison.py", "    if personal:\n        screen.line()", "    if found:\n        screen.line()"
        ),
    ),
    mutant(
        "operators: raw poison that was exported is gone",
        f"{_TESTS}dead_letters/test_poison.py::test_all_messages_are_exported_and_stay",
        "assert (",
        _in("dead_letters/poison.py", "await each(page, raw.put_back)", "await each(page, raw.delete)"),
    ),
    mutant(
        "operators: an export of a person repairs what differs",
        f"{_TESTS}privacy/test_export.py::test_what_graph_has_is_exported_and_stays_as_it_is",
        "assert",
        _in("privacy/checks.py", 'await ask(retries, "compare", record)', 'await ask(retries, "check", record)'),
    ),
    mutant(
        "operators: somebody else's activity is deleted",
        f"{_TESTS}privacy/test_forget.py::test_activities_that_have_stayed_are_deleted_later",
        "assert",
        _in("privacy/commands.py", 'if "left_id" not in found.tombstones', 'if "left_id" in found.tombstones'),
    ),
    mutant(
        "operators: what's held back in shadow is reported as forgotten",
        f"{_TESTS}privacy/test_forget.py::test_in_shadow_no_activity_is_deleted",
        "assert",
        _in("privacy/forget.py", "        return _Left.IN_SHADOW\n", "        return None\n"),
    ),
    mutant(
        "operators: an app that isn't running is asked forever",
        f"{_TESTS}reconcile/test_reconcile.py::test_no_more_is_asked_for_than_the_app_answers",
        "assert",
        _in("reconcile/asking.py", "bool(self._coming) and len(self.asked_at) < MOST", "bool(self._coming)"),
    ),
    mutant(
        "operators: a record that was just compared is compared again",
        f"{_TESTS}reconcile/test_killed.py::test_a_comparison[compare]",
        "assert",
        _in("reconcile/selection.py", 'or float(row.get("check_at") or 0.0) < before or', "or row or"),
    ),
)
