"""The rules of a backup of the ledger and its restore."""

from tests.traces.mutants.mutant import Edit, Mutant, mutant

_TESTS = "tools/operate/ledger/test_restore.py::test_"


def _in_backup(old: str, new: str) -> Edit:
    return Edit("../tools/operate/ledger/backup.py", old, new)


RESTORE: tuple[Mutant, ...] = (
    mutant(
        "restore: an old row is believed",
        f"{_TESTS}a_restore_without_old_events",
        "AssertionError: assert {'asked': 0}",
        _in_backup("row_of(found.restored())", "row_of(found)"),
    ),
    mutant(
        "restore: a record that had no activity has none",
        f"{_TESTS}a_restore_without_old_events",
        "AssertionError: assert",
        Edit(
            "domain/record.py",
            "        if self.is_tombstone:\n            return self\n        state",
            "        if self.sync.activity is None:\n            return self\n        state",
        ),
    ),
    mutant(
        "restore: an older file brings back somebody who was forgotten",
        f"{_TESTS}what_was_forgotten_stays_forgotten",
        "AssertionError: assert",
        _in_backup("elif one.record in self._forgotten and not one.is_tombstone:", "elif not one.row:"),
    ),
    mutant(
        "restore: the latest row is written over",
        f"{_TESTS}what_the_ledger_has_is_not_written_over",
        "AssertionError: assert",
        _in_backup("                if one.record in self._there:", "                if not one.record:"),
    ),
    mutant(
        "restore: half a row is put back",
        f"{_TESTS}a_file_that_is_no_backup",
        "AssertionError: assert",
        _in_backup(
            "    if row_key(found.enrollment_id) != record:\n        raise", "    if not record:\n        raise"
        ),
    ),
    mutant(
        "backup: half a file has a whole one's name",
        f"{_TESTS}an_export_that_fails_leaves_the_backup_before",
        "AssertionError: assert",
        Edit("../tools/operate/files.py", '    unfinished = f"{name}.part"\n', "    unfinished = name\n"),
    ),
    mutant(
        "operators: a learner is part of a URL",
        "tools/operate/privacy/test_urls.py::test_no_url_names_a_learner",
        "AssertionError: assert [",
        Edit(
            "../tools/operate/activity/finding.py",
            "table.query_entities(RECORDS, select=",
            """table.query_entities(f"{RECORDS} and owner_learner ne '{named.learner}'", select=""",
        ),
    ),
)
