"""The rules about values that can't be used, and about the forms in which publishers write values."""

from tests.traces.mutants.mutant import Edit, Mutant, mutant

_INTAKE = "activities/intake/"
_NATIVE = _INTAKE + "test_native_events.py::"
_VALUES = _INTAKE + "test_native_values.py::"
_FORMATS = _INTAKE + "formats/test_dropped.py::"
_LEFT_OUT = "test_a_value_that_cannot_be_used_is_left_out_and_named"
_DUE = _VALUES + "test_a_due_date_is_an_instant"
_BODY = _INTAKE + "test_json_body.py::test_the_encoding_does_not_matter"


def _in_reading(old: str, new: str) -> Edit:
    return Edit("domain/event_reading.py", old, new)


def _in_translation(old: str, new: str) -> Edit:
    return Edit("intake/formats/translation.py", old, new)


DROPPED: tuple[Mutant, ...] = (
    mutant(
        "values: a wrong optional value costs the event",
        _VALUES + "test_an_optional_value_never_costs_the_event[a percentage in words]",
        "AssertionError: assert False",
        _in_reading("        if not optional:\n", "        if problems:\n"),
    ),
    mutant(
        "values: a wrong part takes the whole with it",
        _VALUES + "test_an_optional_value_never_costs_the_event[a percentage in words]",
        "AssertionError: assert ['progress'] == ['progress.percentage']",
        _in_reading("range(len(location), 1, -1)", "range(2, len(location) + 1)"),
    ),
    mutant(
        "values: what was left out of a native event isn't reported",
        _VALUES + "test_an_optional_value_never_costs_the_event[half a due date]",
        "AssertionError: assert [] == ['assignment.dueAt']",
        Edit("intake/parse.py", ", dropped=dropped)", ")"),
    ),
    mutant(
        "values: what was left out is counted again with every retry",
        "activities/test_handler.py::test_what_is_left_out_of_an_event_is_counted_once",
        "ValueError: too many values to unpack",
        Edit("handler.py", "if message.attempt == 1:", "if message.attempt:"),
    ),
    mutant(
        "values: a refusal names what was optional",
        _NATIVE + "test_a_refusal_names_what_is_required",
        "AssertionError: assert Refused(reaso...rmat='native') == Refused(reaso",
        _in_reading('one for one in first if _is_within(one["loc"], required)', "first"),
    ),
    mutant(
        "values: a time that a format can't read costs the event",
        f"{_FORMATS}{_LEFT_OUT}[given-due]",
        "AssertionError: Refused(",
        Edit("intake/formats/reader.py", "            self.drop(field)\n            return None", "            raise"),
    ),
    mutant(
        "values: a percentage that a format can't read costs the event",
        f"{_FORMATS}{_LEFT_OUT}[done-done]",
        "AssertionError: Refused(",
        _in_translation('reader.drop("progress.percentage")', "raise"),
    ),
    mutant(
        "values: an event id that a format can't read costs the event",
        f"{_FORMATS}{_LEFT_OUT}[given-id]",
        "AssertionError: Refused(",
        _in_translation('            self.reader.drop("eventId")', "            raise"),
    ),
    mutant(
        "values: an assignment type that a format doesn't know costs the event",
        f"{_FORMATS}{_LEFT_OUT}[given-type]",
        "AssertionError: Refused(",
        _in_translation("if named in get_args(AssignmentType):", "if named:"),
    ),
    mutant(
        "values: a status that a format doesn't know is dropped silently",
        f"{_FORMATS}test_a_word_that_a_format_does_not_know_is_named[Begun-dropped2]",
        "AssertionError: assert () == ('progress.status',)",
        _in_translation('            self.reader.drop("progress.status")', "            pass"),
    ),
    mutant(
        "values: more than 100% isn't a percentage",
        _VALUES + "test_a_percentage_is_rounded_down_and_at_most_100[100.5-100]",
        "AssertionError: assert",
        Edit(
            "domain/numbers.py",
            "    if part < 0 or whole <= 0:",
            "    if part < 0 or whole <= 0 or part > whole:",
        ),
    ),
    mutant(
        "values: the first moment of .NET counts as a date",
        f"{_DUE}[the first moment of .NET]",
        "AssertionError: assert ('0001-01-01T...00+00:00', ()) == (None, ())",
        Edit("domain/instants.py", "|0001-01-01.*", ""),
    ),
    mutant(
        "values: a day isn't a due date",
        f"{_DUE}[a day]",
        "AssertionError: assert (None, ('assignment.dueAt',))",
        Edit("domain/instants.py", "    if _DAY.fullmatch(day):", "    if not day:"),
    ),
    mutant(
        "values: a day ends in UTC, whatever its source's zone",
        f"{_DUE}[a day where the source is]",
        "AssertionError: assert ('2026-06-30T...59+00:00', ()) == ('2026-06-30T",
        Edit("domain/instants.py", "_END_OF_DAY, zone or UTC)", "_END_OF_DAY, UTC)"),
    ),
    mutant(
        "values: Windows time zones aren't known",
        f"{_DUE}[a zone of Windows]",
        "AssertionError: assert (None, ('assignment.dueAt',))",
        Edit("domain/zones.py", "return windows | {", "return {"),
    ),
    mutant(
        "values: a number too large for a double is infinity",
        _INTAKE + "test_json_body.py::test_a_number_beyond_a_double_is_its_text[1e999]",
        "AssertionError: assert {'a': inf, 'b': 1.5}",
        Edit("intake/json_body.py", ", parse_float=_finite", ""),
    ),
    mutant(
        "values: base64 is decoded once",
        f"{_BODY}[base64 twice]",
        "activities.intake.json_body.MalformedError: encoded more than 1 times",
        Edit("intake/json_body.py", "_MOST_ENCODINGS = 3", "_MOST_ENCODINGS = 1"),
    ),
    mutant(
        "values: what Python prints for bytes isn't understood",
        f"{_BODY}[what Python prints for bytes]",
        "activities.intake.json_body.MalformedError: neither JSON nor base64",
        Edit("intake/json_body.py", "    if _PYTHON_BYTES.fullmatch(text):", "    if not text:"),
    ),
    mutant(
        "values: JSON in a JSON string is just text",
        _INTAKE + "test_parse.py::test_json_in_a_json_string_is_its_event[plain]",
        "assert Refused(reason=<Reason.MALFORMED: 'malformed'>, detail='an event is a JSON object, not a text'",
        Edit("intake/unpack.py", 'value.lstrip()[:1] in ("{", "[")', "not value"),
    ),
    mutant(
        "values: a due date from Graph is compared without its zone",
        "activities/graph/test_bodies.py::test_a_due_date_of_graph_is_an_instant",
        "AssertionError: assert",
        Edit("graph/bodies.py", 'zone_of(_text(due.get("timeZone")) or "UTC")', "UTC"),
    ),
)
