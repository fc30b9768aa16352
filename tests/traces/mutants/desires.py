"""Rules of the desired state, of what a lookup finds, and of the plan."""

from tests.traces.mutants.mutant import Edit, mutant

_ASSERTION, _PLAIN = "AssertionError", "assert "
_CLEARED = "activities/domain/test_digest.py::test_what_has_no_value_any_more_goes_out_as_null"
_TYPE = "activities/domain/test_desired_type.py::test_the_desired_type"
_UNTIMED = "activities/domain/test_found.py::test_a_completion_without_a_time_is_a_completion"
_GRACE = "activities/sync/test_plan_special.py::test_a_completion_waits_for_its_kind"
_LOST = "activities/sync/test_plan_special.py::test_after_the_ledger_was_lost_an_activity_is_looked_up_first"

DESIRES = (
    mutant(
        "cleared: a value that's gone isn't mentioned",
        f"{_CLEARED}[a new cycle]",
        _ASSERTION,
        Edit(
            "domain/desired.py",
            "cleared=tuple(name for name in _heard_of(record) if values[name] is None)",
            "cleared=()",
        ),
    ),
    mutant(
        "cleared: a completion that was taken back isn't mentioned",
        f"{_CLEARED}[a new cycle]",
        _ASSERTION,
        Edit("domain/desired.py", '"completed_at": "completed" in moments,', '"completed_at": False,'),
    ),
    mutant(
        "digest: it leaves out the provider",
        "activities/domain/test_digest.py::test_the_digest_depends_on_the_provider",
        _ASSERTION,
        Edit(
            "domain/desired.py",
            '"assigner": None, "cleared": None}',
            '"assigner": None, "cleared": None, "provider_id": None}',
        ),
    ),
    mutant(
        "digest: it includes the assigner",
        "activities/domain/test_digest.py::test_what_graph_does_not_show_costs_no_request[assigner]",
        _ASSERTION,
        Edit("domain/desired.py", '"assigner": None, "cleared": None}', '"cleared": None}'),
    ),
    mutant(
        "digest: it includes what's cleared",
        "activities/domain/test_digest.py::test_a_value_that_never_was_does_not_differ_from_one_that_was_taken_away",
        _ASSERTION,
        Edit("domain/desired.py", '"assigner": None, "cleared": None}', '"assigner": None}'),
    ),
    mutant(
        "external id: it's always the enrolment's id",
        "activities/domain/test_digest.py::test_any_other_id_becomes_a_uuid[a/b-4c690763-5f10-5b01-b3e7-e9ff9218e6e2]",
        _ASSERTION,
        Edit("domain/desired.py", "if _PLAIN_ID.fullmatch(enrollment_id):", "if True:"),
    ),
    mutant(
        "external id: a plain id is hashed too",
        "activities/domain/test_digest.py::test_a_plain_id_is_the_external_id[enrolment-1]",
        _ASSERTION,
        Edit("domain/desired.py", "if _PLAIN_ID.fullmatch(enrollment_id):", "if False:"),
    ),
    mutant(
        "type: a completed activity is replaced",
        f"{_TYPE}[completed by an event]",
        _ASSERTION,
        Edit(
            "domain/desired.py",
            "if state.activity is not None and (completed or state.activity.completed):",
            "if state.activity is not None and state.activity.completed:",
        ),
    ),
    mutant(
        "type: an activity that Graph may show as completed is replaced",
        f"{_TYPE}[completed in Graph]",
        _ASSERTION,
        Edit("domain/desired.py", "(completed or state.activity.completed)", "completed"),
    ),
    mutant(
        "type: a refused type is wanted again",
        f"{_TYPE}[refused before]",
        _ASSERTION,
        Edit("domain/desired.py", "if state.refused is not None and state.refused.wanted == wanted:", "if False:"),
    ),
    mutant(
        "type: a refusal of one type applies to all",
        f"{_TYPE}[another type was refused]",
        _ASSERTION,
        Edit(
            "domain/desired.py",
            "if state.refused is not None and state.refused.wanted == wanted:",
            "if state.refused is not None:",
        ),
    ),
    mutant(
        "type: the former activity isn't brought back",
        f"{_TYPE}[being restored]",
        _ASSERTION,
        Edit("domain/desired.py", "if state.replacing is not None and state.replacing.restores:", "if False:"),
    ),
    mutant(
        "found: a completion isn't read",
        "activities/domain/test_found.py::test_no_replay_takes_a_completion_back",
        _PLAIN,
        Edit("domain/found.py", "        if self.completed:\n", "        if False:\n"),
    ),
    mutant(
        "found: a completion without a time doesn't count",
        f"{_UNTIMED}[at the latest time that is known]",
        _ASSERTION,
        Edit(
            "domain/found.py",
            "        if self.completed:\n",
            '        if self.completed and "completed_at" in times:\n',
        ),
    ),
    mutant(
        "found: what's found gets the earliest possible clock",
        "activities/domain/test_found.py::test_graphs_times_are_the_clocks_of_what_is_found[earlier]",
        _ASSERTION,
        Edit("domain/found.py", "Clock(max(times.values(), default=0), 0,", "Clock(0, 0,"),
    ),
    mutant(
        "owner: all names are remembered",
        "activities/domain/test_news.py::test_only_some_names_are_remembered",
        _ASSERTION,
        Edit("domain/news.py", "(*self.also, *more)[-_REMEMBERED:]", "(*self.also, *more)"),
    ),
    mutant(
        "owner: another name is always somebody else's",
        "activities/domain/test_record.py::test_another_name_of_the_owner_is_remembered",
        _ASSERTION,
        Edit("domain/news.py", "named == own or named in self.also", "named == own"),
    ),
    mutant(
        "owner: the source doesn't count",
        "activities/domain/test_record.py::test_the_first_event_decides_on_the_source[another source's removal]",
        _ASSERTION,
        Edit(
            "domain/record.py",
            "self.owner.is_source_of(news) and self.owner.is_named_by(news)",
            "self.owner.is_named_by(news)",
        ),
    ),
    mutant(
        "plan: a completion doesn't wait for its kind",
        f"{_GRACE}[completed, and nobody has told its kind]",
        _ASSERTION,
        Edit("sync/plan.py", "if desired.completed and not knows_kind(record):", "if False:"),
    ),
    mutant(
        "plan: a completion waits forever for its kind",
        f"{_GRACE}[for long enough]",
        _ASSERTION,
        Edit("sync/plan.py", "(now if record.sync.waiting_since is None else record.sync.waiting_since)", "now"),
    ),
    mutant(
        "plan: a replace isn't admitted for the other kind",
        "activities/sync/test_plan_special.py::test_a_replace_asks_for_every_permission_that_it_needs",
        _ASSERTION,
        Edit("sync/plan.py", ", role=desired.kind)", ")"),
    ),
    mutant(
        "plan: a rebuild doesn't find out whose activity it is",
        f"{_LOST}[whose is it]",
        _ASSERTION,
        Edit("sync/plan.py", "if subject is None or invocation.forgets is not None:", "if True:"),
    ),
    mutant(
        "rebuild: a fresh record is created at once",
        "activities/sync/test_rebuild.py::test_what_graph_has_is_adopted",
        _ASSERTION,
        Edit(
            "sync/claimed.py",
            "if self._stored.etag is None and self._rebuilds and self._news is not None:",
            "if False:",
        ),
    ),
    mutant(
        "rebuild: an owner who yields takes the lookup along",
        "activities/sync/test_rebuild.py::test_an_owner_who_yields_does_not_take_the_lookup_along",
        _ASSERTION,
        Edit(
            "sync/claimed.py",
            "attempt=former.attempt, letter=former.letter",
            "letter=former.letter",
        ),
    ),
    mutant(
        "rebuild: the facts of what is found are dropped",
        "activities/sync/test_rebuild.py::test_no_replay_takes_a_completion_back[assigned]",
        _ASSERTION,
        Edit("sync/requests.py", "found.facts() if expected is None else None", "None"),
    ),
    mutant(
        "rebuild: notes from the former cycle stay",
        "activities/sync/test_rebuild.py::test_what_a_new_cycle_has_none_of_is_taken_away",
        _ASSERTION,
        Edit("domain/found.py", '            fields["notes"] = list(self.notes)\n', "            pass\n"),
    ),
    mutant(
        "lookup: the attempt outweighs what Graph says",
        "activities/sync/test_found_type.py::test_what_graph_says_counts_more_than_what_was_attempted[True-believed0]",
        _ASSERTION,
        Edit("sync/requests.py", "if expected is None or found.says_type else", "if expected is None else"),
    ),
    mutant(
        "lookup: a guess outweighs the attempt",
        "activities/sync/test_found_type.py::test_what_graph_says_counts_more_than_what_was_attempted[False-believed1]",
        _ASSERTION,
        Edit("sync/requests.py", "if expected is None or found.says_type else", "if True else"),
    ),
    mutant(
        "owner: a letter that's due to be swept stays when the owner yields",
        "activities/sync/test_owners.py::test_a_letter_that_is_to_be_swept_still_is_after_a_change_of_owner",
        "assert [Envelope(",
        Edit("sync/claimed.py", ", sweep=former.sweep", ""),
    ),
    mutant(
        "lookup: the deleted id is forgotten with the next create",
        "activities/domain/test_sync_state.py::test_an_acknowledged_create_ends_the_attempt",
        _ASSERTION,
        Edit(
            "domain/sync_state.py",
            "activity=activity, attempt=None, known=known, replacing=None)\n\n    def updated",
            "activity=activity, attempt=None, known=known, replacing=None, deleted_id=None)\n\n    def updated",
        ),
    ),
)
