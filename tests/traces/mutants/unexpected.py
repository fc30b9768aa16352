"""What becomes of a message that fails for a reason that the app doesn't know."""

from tests.traces.mutants.mutant import Edit, mutant

_GUARD = "activities/test_guard.py::"
_UNEXPECTED = "simulation/test_unexpected.py::"

UNEXPECTED = (
    mutant(
        "unexpected: the host counts the failures",
        f"{_GUARD}test_what_nobody_knows_is_tried_again",
        "activities.domain.errors.Unhandled: ZeroDivisionError at",
        Edit("guard.py", "            return await self._try_again(message, error)\n", "            raise\n"),
    ),
    mutant(
        "unexpected: a message may take forever",
        f"{_GUARD}test_a_message_that_takes_for_ever_is_put_back",
        "Failed: Timeout",
        Edit("guard.py", "asyncio.timeout(limits * self.limit)", "asyncio.timeout(None)"),
    ),
    mutant(
        "unexpected: the host is told what a message says",
        f"{_GUARD}test_the_host_is_not_told_what_a_message_says",
        "azure.core.exceptions.ResourceNotFoundError",
        Edit("guard.py", "            raise Unhandled(telemetry.place(error)) from None\n", "            raise\n"),
    ),
    mutant(
        "unexpected: failures aren't counted",
        f"{_GUARD}test_what_nobody_knows_is_tried_again",
        "KeyError: 'failing'",
        Edit("sync/unexpected.py", "replace(message, failing=failing, redriven", "replace(message, redriven"),
    ),
    mutant(
        "unexpected: no message is given up",
        f"{_UNEXPECTED}test_a_defect_is_blamed_on_evidence",
        "AssertionError: assert {<RetryReason",
        Edit("sync/unexpected.py", "        if isinstance(decision, DeadLetter):\n", "        if False:\n"),
        Edit("sync/unexpected.py", "replace(decision, reason=", "Retry(60.0, "),
    ),
    mutant(
        "unexpected: the app doesn't learn whether others got through",
        f"{_UNEXPECTED}test_a_defect_is_blamed_on_evidence",
        "AssertionError: assert {<RetryReason",
        Edit("sync/unexpected.py", "        await self.graph.listen()\n", ""),
    ),
    mutant(
        "unexpected: a message is blamed without evidence",
        f"{_UNEXPECTED}test_nobody_is_blamed_alone",
        "AssertionError: assert {",
        Edit("sync/unexpected.py", "self.graph.successes(HANDLED), now", "(message.attempt), now"),
    ),
    mutant(
        "unexpected: a message that leads to no write in Graph is evidence",
        f"{_UNEXPECTED}test_what_passes_by_is_no_evidence",
        "AssertionError: assert {",
        Edit(
            "handler.py",
            "if isinstance(parsed, Understood) and isinstance(outcome, Done) and outcome.action in _ACKNOWLEDGED:\n"
            "            self._tries",
            "if isinstance(outcome, Done):\n            self._tries",
        ),
    ),
    mutant(
        "unexpected: if every message fails in one place, each is blamed",
        f"{_UNEXPECTED}test_a_place_where_several_fail_blames_nobody",
        "AssertionError: assert {<Reason.HOST",
        Edit("sync/unexpected.py", "_MESSAGES, _SECONDS = 3, 3600.0", "_MESSAGES, _SECONDS = 100, 3600.0"),
    ),
    mutant(
        "unexpected: earlier failures count forever",
        f"{_GUARD}test_only_failures_in_a_row_count",
        "assert [True, True] == [True, False]",
        Edit("sync/unexpected.py", "return replace(message, failing=None) if forgets else message", "return message"),
    ),
    mutant(
        "unexpected: an envelope's limit ends before that of its message",
        f"{_GUARD}test_a_retry_that_takes_for_ever_is_counted",
        "json.decoder.JSONDecodeError",
        Edit("guard.py", "limits=2 if _unopened(message) else 1", "limits=1"),
    ),
    mutant(
        "unexpected: an operator's wish is forgotten",
        f"{_GUARD}test_an_operators_wish_is_kept",
        "assert [False, False, False] == [False, True, True]",
        Edit("sync/unexpected.py", "failing=failing, redriven=anew)", "failing=failing, redriven=False)"),
    ),
    mutant(
        "unexpected: a poison message that fails again stays",
        "activities/test_poison.py::test_a_message_that_fails_again_becomes_a_dead_letter[SurprisingFormats]",
        "ValueError: not enough values to unpack",
        Edit(
            "handler.py",
            "        except Exception as error:  # noqa: BLE001  it could be anything\n",
            "        except ArithmeticError as error:\n",
        ),
    ),
)
