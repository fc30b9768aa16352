"""The rules H15 to H18: the life of a dead letter."""

from tests.traces.mutants.mutant import LEFT, LOST, REGRESSED, Edit, in_conclusion, mutant

_NOTE = "            if await claimed.save(self._parking("
_SWEEP = "            await self._parts.letters.sweep(row_key"

LETTERS = (
    mutant(
        "H15: a letter is written before it is noted",
        "test_letters.py::test_a_letter_is_noted_before_it_is_written",
        LEFT,
        in_conclusion(
            _NOTE,
            "            await self._parts.letters.write(self._message, letter, self._enrollment_id,\n"
            "                                            number=claimed.record.sync.letter + 1)\n" + _NOTE,
        ),
    ),
    mutant(
        "H16: a letter is written after the lease has ended",
        "test_letters.py::test_a_letter_is_not_written_after_its_lease",
        LEFT,
        in_conclusion("if not times.outlasts(lease, self._parts.clock()):", "if lease.until == 0:"),
    ),
    mutant(
        "H17: a settled record forgets its letter before the letter is deleted",
        "test_letters.py::test_a_settled_record_remembers_that_its_letter_is_to_be_deleted",
        LEFT,
        in_conclusion(
            _SWEEP,
            "            with suppress(RecordChanged):\n"
            "                await claimed.save(claimed.record.sync.swept())\n" + _SWEEP,
        ),
    ),
    mutant(
        "H18: a later letter is deleted",
        "test_letters.py::test_a_later_letter_is_not_deleted_by_a_former_settle[before it is read]",
        LOST,
        Edit("storage/letters.py", "<= number:", "<= number + 1:"),
    ),
    mutant(
        "H18: a letter that has been replaced is deleted",
        "test_letters.py::test_a_later_letter_is_not_deleted_by_a_former_settle[before it is deleted]",
        LOST,
        Edit(
            "storage/letters.py",
            "await blob.delete_blob(etag=found.etag, match_condition=MatchConditions.IfNotModified)",
            "await blob.delete_blob()",
        ),
    ),
    mutant(
        "H8: a record that's parked after an unclear response goes on",
        "test_letters.py::test_after_an_unclear_response_a_parked_record_sends_nothing_more",
        REGRESSED,
        in_conclusion("if goes_on and self._desired() != desired:", "if self._desired() != desired:"),
    ),
)
