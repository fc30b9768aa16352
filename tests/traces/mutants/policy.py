"""Rules of blame and delays, of references, and of the handler."""

from tests.traces.mutants.mutant import Edit, mutant

_ASSERTION, _PLAIN = "AssertionError", "assert "
_REFUSALS = "activities/domain/test_evidence.py::test_a_refusal_counts_if_others_got_through_since_the_last_try"
_NO_WAY = "activities/domain/test_retry_policy.py::test_a_process_without_a_way_to_graph_blames_nobody"
_UNCLEAR = "activities/domain/test_evidence.py::test_unclear_stretches_add_up_if_others_got_through"
_ABSENT = "activities/domain/test_evidence.py::test_a_course_was_missing_if_both_ends_of_a_stretch_say_so"
_HOPELESS = "activities/domain/test_retry_policy.py::test_nothing_hopeless_is_tried_for_ever"
_DELAY = "activities/domain/test_retry_policy.py::test_the_delay"

POLICY = (
    mutant(
        "blame: every refusal counts",
        f"{_REFUSALS}[a hundred times without]",
        _ASSERTION,
        Edit("domain/retry_policy.py", "if evidence or before.refusals == 0 else before.refusals", ""),
    ),
    mutant(
        "blame: everybody's fault never counts",
        f"{_REFUSALS}[everybody's with others in between]",
        _ASSERTION,
        Edit(
            "domain/retry_policy.py",
            "    if isinstance(error, EverybodysFault | Refused):",
            "    if isinstance(error, Refused):",
        ),
    ),
    mutant(
        "blame: successes of another kind are evidence",
        f"{_REFUSALS}[another kind of request in between]",
        _ASSERTION,
        Edit(
            "domain/retry_policy.py",
            "evidence = before.kind == kind and successes > before.seen",
            "evidence = successes > 0",
        ),
    ),
    mutant(
        "blame: a throttled try counts",
        f"{_REFUSALS}[throttled in between]",
        _ASSERTION,
        Edit(
            "domain/retry_policy.py",
            "if isinstance(error, Throttled) or (isinstance(error, EverybodysFault) and error.held):",
            "if isinstance(error, EverybodysFault) and error.held:",
        ),
    ),
    mutant(
        "blame: a held try counts",
        f"{_REFUSALS}[held in between]",
        _ASSERTION,
        Edit("domain/retry_policy.py", "(isinstance(error, EverybodysFault) and error.held)", "False"),
    ),
    mutant(
        "blame: a process without a connection blames the record",
        f"{_NO_WAY}[create: no connection]",
        _ASSERTION,
        Edit(
            "domain/retry_policy.py",
            "if isinstance(error, EverybodysFault) and error.status in _NOT_LOOKED_AT:",
            "if False:",
        ),
    ),
    mutant(
        "blame: unclear stretches count without evidence",
        f"{_UNCLEAR}[nobody got through]",
        _ASSERTION,
        Edit("domain/retry_policy.py", "(stretch if evidence else 0.0)", "stretch"),
    ),
    mutant(
        "blame: waiting time counts",
        f"{_UNCLEAR}[held for three days in between]",
        _ASSERTION,
        Edit("domain/retry_policy.py", "stretch = min(now - before.at, LONGEST_DELAY)", "stretch = now - before.at"),
    ),
    mutant(
        "blame: a course counts as missing while nobody answers",
        f"{_ABSENT}[a lost response in between]",
        _ASSERTION,
        Edit("domain/retry_policy.py", "(stretch if before.missing else 0.0)", "stretch"),
    ),
    mutant(
        "blame: an unknown refusal is a dead letter at once",
        "activities/domain/test_retry_policy.py::test_the_decision[refused]",
        _ASSERTION,
        Edit("domain/retry_policy.py", "failing.refusals >= self.blame_tries", "True"),
    ),
    mutant(
        "blame: an unknown refusal is tried forever",
        f"{_HOPELESS}[refused-0.02]",
        _PLAIN,
        Edit("domain/retry_policy.py", "failing.refusals >= self.blame_tries", "False"),
    ),
    mutant(
        "blame: an event waits forever for a missing course",
        f"{_HOPELESS}[course missing-0.02]",
        _PLAIN,
        Edit(
            "domain/retry_policy.py",
            "case ContentNotFound() if failing.absent < self.content_patience:",
            "case ContentNotFound():",
        ),
    ),
    mutant(
        "blame: unclear responses are tried forever",
        f"{_HOPELESS}[unclear-0.02]",
        _PLAIN,
        Edit("domain/retry_policy.py", "failing.unclear >= self.patience", "False"),
    ),
    mutant(
        "delays: they grow without limit",
        f"{_DELAY}[refused]",
        _PLAIN,
        Edit(
            "domain/retry_policy.py",
            "min(shortest * 2 ** min(failing.tries, 20), longest)",
            "shortest * 2 ** min(failing.tries, 20)",
        ),
    ),
    mutant(
        "delays: they don't grow",
        f"{_DELAY}[the backoff grows]",
        _PLAIN,
        Edit("domain/retry_policy.py", "min(shortest * 2 ** min(failing.tries, 20), longest)", "shortest"),
    ),
    mutant(
        "references: what wasn't found is remembered for as long as what was",
        "activities/sync/test_memory_of_references.py::test_lookups_are_remembered_for_a_while[none]",
        _PLAIN,
        Edit("sync/references.py", "FOUND_SECONDS if len(found) == 1 else self._not_found_seconds", "FOUND_SECONDS"),
    ),
    mutant(
        "references: a failed lookup is remembered",
        "activities/sync/test_memory_of_references.py::test_a_failed_lookup_is_not_remembered",
        "activities.domain.errors.Unclear",
        Edit("sync/references.py", "task.add_done_callback(lambda _: self._under_way.pop(reference, None))", "pass"),
    ),
    mutant(
        "references: the caller isn't told that an id was remembered",
        "activities/sync/test_memory_of_references.py::test_whoever_resolves_is_told_whether_anything_was_remembered",
        _PLAIN,
        Edit("sync/references.py", "learner_remembered or content_remembered", "False"),
    ),
    mutant(
        "references: a refused course isn't forgotten",
        "activities/sync/test_memory_of_references.py::test_what_graph_refused_is_looked_up_again",
        _ASSERTION,
        Edit("sync/references.py", "self._contents.forget(subject.course)", "pass"),
    ),
    mutant(
        "references: a refused account isn't forgotten",
        "activities/sync/test_memory_of_references.py::test_an_account_is_forgotten_as_the_person_that_it_leads_to",
        _PLAIN,
        Edit(
            "sync/references.py",
            "person = await self._person(subject.learner)\n            if person",
            "person = subject.learner\n            if person",
        ),
    ),
    mutant(
        "references: an assigner without a permission costs the assignment",
        "activities/sync/test_assigners.py::test_without_the_permission_no_assignment_waits",
        _ASSERTION,
        Edit(
            "sync/references.py",
            "except (GraphError, ReferenceFailure, StorageFault):",
            "except (ReferenceFailure, StorageFault):",
        ),
    ),
    mutant(
        "references: an assigner who left costs the assignment",
        "activities/sync/test_assigners.py::test_an_assigner_who_is_not_found_is_left_out[left]",
        _ASSERTION,
        Edit(
            "sync/references.py",
            "except (GraphError, ReferenceFailure, StorageFault):",
            "except (GraphError, StorageFault):",
        ),
    ),
    mutant(
        "references: without the table of people, an assignment with an assigner isn't created",
        "activities/sync/test_assigners.py::test_without_the_table_of_people_the_assigner_is_left_out",
        "azure.core.exceptions.ResourceNotFoundError",
        Edit(
            "sync/references.py",
            "except (GraphError, ReferenceFailure, StorageFault):",
            "except (GraphError, ReferenceFailure):",
        ),
    ),
    mutant(
        "handler: if a letter can't be written, the error is raised",
        "activities/test_handler.py::test_a_message_waits_while_its_dead_letter_cannot_be_written",
        "AssertionError: assert <RetryReason.UNEXPECTED: 'unexpected'> is <RetryReason.HOLD",
        Edit(
            "guard.py",
            "        except StorageFault as fault:\n"
            "            return await self.wait(message, fault.place, fault.detail)\n",
            "",
        ),
    ),
    mutant(
        "handler: an event without a time occurred when it's read",
        "activities/test_handler.py::test_an_event_without_a_time_keeps_the_time_of_its_first_receipt",
        _ASSERTION,
        Edit("handler.py", "message.first_seen or now, now)", "now, now)"),
    ),
    mutant(
        "handler: an event dated far ahead is merged",
        "activities/test_handler.py::test_an_event_from_far_ahead_is_refused",
        _ASSERTION,
        Edit("handler.py", "message.first_seen or now, now)", "message.first_seen or now)"),
    ),
    mutant(
        "handler: an event that's now read differently is merged into the former record",
        "activities/test_handler.py::test_a_retry_whose_body_is_read_otherwise_today_syncs_both_records",
        _ASSERTION,
        Edit(
            "handler.py",
            "first = await self._reconciler.reconcile(message, former, None, task)",
            "first = await self._reconciler.reconcile(message, former, _news(parsed), task)",
        ),
    ),
)
