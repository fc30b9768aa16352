"""The product with one rule taken away, and the traces that must notice.

Each mutant is a few exact replacements in files of `activities/`; a text that is not there exactly once is an error,
so that the table cannot rot silently.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
COPIED = ("activities", "tests", "tools")
SECONDS = 120
NOT_PASSED = 1


@dataclass(frozen=True)
class Edit:
    """One replacement in a file of `activities/`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A rule taken away; every one of `traces` (in tests/sync) has to fail by an assertion."""

    name: str
    edits: tuple[Edit, ...]
    traces: tuple[str, ...]


def _sync(old: str, new: str) -> Edit:
    return Edit("sync.py", old, new)


_CLAIM = "if await self._claim(step, want):"
_UNCLEAR_UNTIL = "unclear = _unclear_until(error, state, self.settings) - now"
_H1 = "test_creates.py::test_an_unclear_create_is_looked_up_a_settle_time_after_its_lease"
_MARK = "            if self.parts.clock() < lapses:\n"
_WRITE_RETRY = "            await self.parts.delivery.retry(self.message, retry, self.enrollment_id, nonce)\n"

MUTANTS = (
    Mutant(
        "H1: unclear creates wait from the attempt",
        (_sync("clear_at = state.attempt_until +", "clear_at = state.attempt_until - settings.lease +"),),
        (_H1,),
    ),
    Mutant(
        "H2: no write between lookup and create",
        (_sync(_CLAIM, "if self.taken[-1:] == [Step.LOOKUP] or await self._claim(step, want):"),),
        ("test_creates.py::test_a_create_after_a_lookup_is_written_ahead",),
    ),
    Mutant(
        "H3: no write between delete and create",
        (_sync(_CLAIM, "if self.taken[-1:] == [Step.DELETE] or await self._claim(step, want):"),),
        ("test_replaces.py::test_the_record_is_written_between_delete_and_create",),
    ),
    Mutant(
        "H4: no write after an update's 404",
        (_sync(_CLAIM, "if Step.UPDATE in self.taken or await self._claim(step, want):"),),
        ("test_not_found.py::test_an_update_after_404_is_written_ahead",),
    ),
    Mutant(
        "H5: an unclear create is nothing to delete",
        (
            Edit(
                "steps.py",
                "if state.attempt_until is not None:",
                "if state.attempt_until is not None and want is not None:",
            ),
        ),
        ("test_creates.py::test_an_unclear_create_is_resolved_though_nothing_is_wanted",),
    ),
    Mutant(
        "H6: a young activity's 404 is believed",
        (_sync("if sent < shows:", "if sent < shows - settings.settle - settings.clock_margin:"),),
        (
            "test_not_found.py::test_an_update_of_a_young_activity_does_not_believe_404",
            "test_not_found.py::test_a_delete_of_a_young_activity_does_not_believe_404",
        ),
    ),
    Mutant(
        "H6: an update's 404 is believed without a lookup",
        (Edit("steps.py", "return replace(state, activity_id=None, attempt_until=now)", "return deleted(state)"),),
        ("test_not_found.py::test_an_update_that_meets_404_looks_up_first",),
    ),
    Mutant(
        "H7: age is judged when the answer is there",
        (_sync("if sent < shows:", "if self.parts.clock() < shows:"),),
        ("test_not_found.py::test_age_is_judged_when_the_request_was_sent",),
    ),
    Mutant(
        "H8: the lease is dropped after an unclear answer",
        (
            _sync("self.record.sync if unclear else steps.free(self.record.sync)", "steps.free(self.record.sync)"),
            Edit("verdict.py", _UNCLEAR_UNTIL, "unclear = 0.0"),
        ),
        ("test_retries.py::test_after_an_unclear_answer_the_lease_runs_out",),
    ),
    Mutant(
        "H9: what a lookup finds counts as acknowledged",
        (
            _sync(
                "return steps.found(state, found, self.parts.clock())",
                "return replace(steps.found(state, found, self.parts.clock()), acknowledged=want and want.digest)",
            ),
        ),
        ("test_creates.py::test_a_lookup_adopts_the_id_only",),
    ),
    Mutant(
        "H10: a lookup may find what was deleted",
        (_sync("if found == state.deleted_id:", 'if found == "":'),),
        ("test_replaces.py::test_a_lookup_that_shows_what_was_deleted_is_not_believed",),
    ),
    Mutant(
        "H11: a mark outlives its message",
        (_sync("lapses = due - self.parts.settings.clock_margin", "lapses = due + self.parts.settings.lease"),),
        ("test_retries.py::test_a_mark_lapses_before_its_message_shows_itself",),
    ),
    Mutant(
        "H12: the invocations of a process are one owner",
        (_sync("self.owner = secrets.token_hex(8)", 'self.owner = "this process"'),),
        ("test_replaces.py::test_two_invocations_of_one_process_do_not_share_a_lease",),
    ),
    Mutant(
        "H13: a lease is taken over at its end",
        (_sync("now < state.lease_until + margin", "now < state.lease_until"),),
        ("test_retries.py::test_a_lease_is_taken_over_a_margin_after_its_end",),
    ),
    Mutant(
        "H14: a parked record is done with",
        (
            _sync(
                "if steps.next_step(state, want) is None:",
                "if steps.next_step(state, want) is None or (state.parked and not changed):",
            ),
        ),
        ("test_retries.py::test_a_parked_record_tries_again",),
    ),
    Mutant(
        "mark before message",
        (
            _sync(_WRITE_RETRY, ""),
            _sync(
                "            if await self._store_held(marked):\n                return retry\n",
                "            if await self._store_held(marked):\n    "
                + _WRITE_RETRY
                + "                return retry\n",
            ),
        ),
        ("test_retries.py::test_a_retry_message_is_written_before_its_mark",),
    ),
    Mutant(
        "a retry does not clear its mark",
        (
            _sync("replace(stored, retry_nonce=None, retry_until=0.0) if ours else stored", "stored"),
            _sync(
                "marked = state.retry_nonce is not None and", "marked = not ours and state.retry_nonce is not None and"
            ),
        ),
        ("test_retries.py::test_a_retry_clears_its_mark",),
    ),
    Mutant(
        "under a live lease merge and say done",
        (_sync("if marked else await self.unmarked(wait)", "if wait else await self.unmarked(wait)"),),
        ("test_retries.py::test_under_a_live_lease_a_duplicate_comes_back",),
    ),
    Mutant(
        "a lookup does not wait",
        (_sync("if now < clear_at:", "if now < state.attempt_until:"),),
        (_H1,),
    ),
    Mutant(
        "a request starts though the lease does not outlast it",
        (_sync("if now + self.parts.settings.graph_deadline > state.lease_until:", "if now > state.lease_until:"),),
        ("test_creates.py::test_a_request_starts_only_if_the_lease_outlasts_it",),
    ),
    Mutant(
        "a request has no deadline",
        (Edit("graph.py", "self._deadline = settings.graph_deadline", "self._deadline = None"),),
        ("test_creates.py::test_a_request_ends_at_its_deadline",),
    ),
    Mutant(
        "a dead letter forgets an unclear create",
        (_sync("while not await self._store_held(state):", "while not await self._store_held(steps.absent(state)):"),),
        ("test_creates.py::test_a_dead_letter_keeps_an_unclear_create",),
    ),
    Mutant(
        "whoever lost the lease goes on",
        (_sync("if theirs.lease_owner != self.owner:", "if theirs.lease_owner is None:"),),
        ("test_replaces.py::test_whoever_lost_the_lease_goes_no_further",),
    ),
    Mutant(
        "a 503 on a create had no effect",
        (
            Edit(
                "answers.py",
                "may_have_effect=status == HTTPStatus.SERVICE_UNAVAILABLE",
                "may_have_effect=False",
            ),
        ),
        ("test_creates.py::test_a_failed_create_that_may_have_landed_is_looked_up[503]",),
    ),
)


def apply(mutant: Mutant, root: Path) -> None:
    """Change the copy of the product at `root`."""
    for edit in mutant.edits:
        path = root / "activities" / edit.file
        text = path.read_text()
        found = text.count(edit.old)
        if found != 1:
            raise LookupError(f"{mutant.name}: {edit.file} has this {found} times instead of once: {edit.old!r}")
        path.write_text(text.replace(edit.old, edit.new))


def copy(root: Path) -> None:
    """Copy what the traces need to `root`; what is installed is linked."""
    skipped = shutil.ignore_patterns("node_modules", "__pycache__")
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=skipped)
    shutil.copy(ROOT / "pyproject.toml", root)
    (root / "tools/local/node_modules").symlink_to(ROOT / "tools/local/node_modules")


def run(root: Path, traces: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run traces against the product at `root`, in a process of their own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--show-capture=no", "--tb=short"]
    return subprocess.run(
        [*command, *(f"tests/sync/{trace}" for trace in traces)],
        cwd=root,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
        | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def verdict(mutant: Mutant, folder: Path) -> str:
    """Say what is wrong with how the traces took this mutant; nothing, if all failed by an assertion."""
    copy(folder)
    apply(mutant, folder)
    done = run(folder, mutant.traces)
    failed = done.stdout.count("\nE   AssertionError")
    summary = done.stdout.count("\nFAILED ")
    if done.returncode == NOT_PASSED and failed == summary == len(mutant.traces):
        return ""
    return f"{mutant.name}: {summary} failed, {failed} by an assertion, of {len(mutant.traces)}\n{done.stdout[-3000:]}"
