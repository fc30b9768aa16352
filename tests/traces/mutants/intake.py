"""The other rules of the intake: times, starting over, sources and their settings."""

from tests.traces.mutants.mutant import Edit, mutant

_FORMATS = "activities/intake/formats/"
_MISTAKE = "test_sources.py::test_a_mistake_is_named_with_its_key"

INTAKE = (
    mutant(
        "an event dated the day after tomorrow is accepted",
        "activities/intake/test_parse.py::test_an_event_of_the_day_after_tomorrow_is_refused",
        "AssertionError: assert Understood(event=CourseAssigned(spec_",
        Edit(
            "intake/parse.py", "result.event.occurred_at - now > _AHEAD", "result.event.occurred_at - now > 10 * _AHEAD"
        ),
    ),
    mutant(
        "an event dated tomorrow is refused",
        "activities/intake/test_parse.py::test_an_event_of_the_day_after_tomorrow_is_refused",
        "AssertionError: assert False",
        Edit("intake/parse.py", "_AHEAD = timedelta(days=1)", "_AHEAD = timedelta(hours=1)"),
    ),
    mutant(
        "the time of receipt decides what's ahead",
        "activities/intake/test_parse.py::test_the_time_that_counts_is_now",
        "assert False",
        Edit(
            "intake/parse.py",
            "    if now is not None and isinstance",
            "    now = received or now\n    if now is not None and isinstance",
        ),
    ),
    mutant(
        "an event without a time occurs now",
        "activities/intake/test_parse.py::test_an_event_without_a_time_has_that_of_its_first_receipt",
        "AssertionError: assert datetime.datetime(2027, 3, 2, 8, 15, ",
        Edit(
            "intake/parse.py",
            "Context(time=None if received is None else received.isoformat())",
            "Context(time=None if now is None else now.isoformat())",
        ),
    ),
    mutant(
        "startsOver isn't read",
        "activities/intake/test_native_events.py::test_any_event_may_start_over",
        "assert [False, False, False, False] == [False, False, False,",
        Edit("domain/events.py", "lambda value: False if value is None else value,", "lambda _: False,"),
    ),
    mutant(
        "startsOver as text counts",
        "activities/intake/test_native_values.py::test_an_optional_value_never_costs_the_event[starting over in words]",
        "AssertionError: assert [] == ['startsOver']",
        Edit(
            "domain/events.py",
            "Field(strict=True, exclude_if=lambda value: not value)",
            "Field(exclude_if=lambda value: not value)",
        ),
    ),
    mutant(
        "a format writes a missing due date as null",
        _FORMATS + "test_translation.py::test_an_event_without_a_due_date_says_nothing_about_it",
        "AssertionError: assert {",
        Edit(
            "intake/formats/translation.py",
            '        if due_at is not None:\n            terms["dueAt"] = due_at.isoformat()',
            '        terms["dueAt"] = due_at and due_at.isoformat()',
        ),
    ),
    mutant(
        "native events have one source",
        _FORMATS + "test_named_sources.py::test_the_source_of_an_event[native from a configured source]",
        "AssertionError: assert 'native' == 'native:/hr'",
        Edit(
            "intake/parse.py", "formats.sources.of(NATIVE, unpacked.context)", "formats.sources.of(NATIVE, Context())"
        ),
    ),
    mutant(
        "a bus event's source counts without being in LMS_SOURCES",
        _FORMATS + "test_named_sources.py::test_the_source_of_an_event",
        "AssertionError: assert 'moodle:/emea' == 'moodle'",
        Edit(
            "intake/formats/sources.py",
            "context.source is not None and sent_by in self.by_name:",
            "context.source is not None:",
        ),
    ),
    mutant(
        "the former name is lost",
        _FORMATS + "test_named_sources.py::test_a_source_may_have_had_another_name",
        "AssertionError: assert [None, None, ...'native:/old'] == [No",
        Edit("intake/parse.py", "NATIVE, source.name, source.formerly, dropped", "NATIVE, source.name, None, dropped"),
    ),
    mutant(
        "a renamed source makes new ids",
        _FORMATS + "test_named_sources.py::test_a_format_goes_on_with_the_ids_of_its_former_name",
        "AssertionError: assert 'ce487812-baf...-06503509f240' == 'fc",
        Edit("intake/formats/sources.py", "return former if former is not None and made_ids else name", "return name"),
    ),
    mutant(
        "ids are made with a name of another format",
        _FORMATS + "test_named_sources.py::test_ids_are_never_made_with_a_name_of_another_format",
        "AssertionError: assert CourseComplet...se.completed') == Cou",
        Edit(
            "intake/formats/sources.py",
            "return former if former is not None and made_ids else name",
            "return former or name",
        ),
    ),
    mutant(
        "installations inherit the former name",
        _FORMATS + "test_named_sources.py::test_installations_do_not_share_a_former_name",
        "AssertionError: assert ('moodle:old.....contoso.com') == (No",
        Edit(
            "intake/formats/sources.py",
            "former = None if own is None else own.formerly",
            "former = (own or self._of_format(format_name) or _DEFAULT).formerly",
        ),
    ),
    mutant(
        "two sources continue with the same records",
        _FORMATS + _MISTAKE + "[two sources with the same former name]",
        "Failed: DID NOT RAISE FormatError",
        Edit("intake/formats/sources.py", ".count(former) > 1:", ".count(former) > 2:"),
    ),
    mutant(
        "a new enrolment never starts over",
        _FORMATS + "test_named_sources.py::test_a_new_enrolment_starts_over_where_the_source_says_so",
        "assert [False, False, False] == [False, False, True]",
        Edit("intake/formats/format.py", 'rule.enrols and source.settings.assigned_again == "startsOver"', "False"),
    ),
    mutant(
        "a new enrolment always starts over",
        _FORMATS + "test_named_sources.py::test_a_new_enrolment_starts_over_where_the_source_says_so",
        "assert [True, True, True] == [False, False, True]",
        Edit(
            "intake/formats/format.py", 'rule.enrols and source.settings.assigned_again == "startsOver"', "rule.enrols"
        ),
    ),
    mutant(
        "every event starts over",
        _FORMATS + "test_named_sources.py::test_an_enrolment_after_a_completion_is_a_new_one",
        "assert [True, True, True, True, True] == [True, False,..., T",
        Edit(
            "intake/formats/format.py",
            'rule.enrols and source.settings.assigned_again == "startsOver"',
            'source.settings.assigned_again == "startsOver"',
        ),
    ),
    mutant(
        "an update of the terms counts as a new enrolment",
        _FORMATS + "test_named_sources.py::test_other_terms_do_not_start_over",
        "AssertionError: assert ('course.assigned', True) == ('course",
        Edit(
            "intake/formats/canvas.toml",
            'types = ["enrollment_created"]\n',
            'types = ["enrollment_created", "enrollment_updated"]\n',
        ),
    ),
    mutant(
        "the end of an enrolment counts as a new one",
        _FORMATS + "test_declaration.py::test_a_mistake_is_named_with_its_file_and_key[an enrolment at the end]",
        "Failed: DID NOT RAISE FormatError",
        Edit(
            "intake/formats/declaration.py",
            "if self.enrols and self.means not in _BEGINNINGS:",
            'if self.enrols and self.means == "ignored":',
        ),
    ),
    mutant(
        "a setting that does nothing is accepted",
        _FORMATS + _MISTAKE + "[starting over where the format tells no new enrolments]",
        "Failed: DID NOT RAISE FormatError",
        Edit(
            "intake/formats/sources.py",
            'if source.assigned_again == "startsOver" and not declaration.tells_enrolments:',
            "if False:",
        ),
    ),
    mutant(
        "a source's kind counts only if the format gives one",
        _FORMATS + "test_translation.py::test_a_source_may_have_one_kind_of_enrolment",
        "AssertionError: assert [('course.ass...'assignment')] == [('",
        Edit(
            "intake/formats/translation.py",
            "kind = self.settings.enrolments or self.reader.value(self.rule.kind)",
            "kind = self.reader.value(self.rule.kind)\n        kind = kind and (self.settings.enrolments or kind)",
        ),
    ),
    mutant(
        "a native source's kind is ignored",
        _FORMATS + "test_named_sources.py::test_the_kind_of_a_native_source",
        "AssertionError: assert None == 'assignment'",
        Edit("intake/parse.py", 'document = document | {"activity": kind}', "pass"),
    ),
    mutant(
        "a native source's kind replaces the event's own",
        _FORMATS + "test_named_sources.py::test_the_kind_of_a_native_source",
        "AssertionError: assert 'assignment' == 'selfInitiated'",
        Edit("intake/parse.py", 'kind is not None and document.get("activity") is None and', "kind is not None and"),
    ),
)
