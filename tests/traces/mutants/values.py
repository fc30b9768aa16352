"""The rules about times and numbers in the ways others write them, and about the words of a refusal."""

from tests.traces.mutants.mutant import Edit, Mutant, mutant

_PEOPLE = "activities/storage/test_people.py::"
_TIMES = "activities/domain/test_instants.py::test_a_time_means_the_same_in_every_format"


def _in_people(old: str, new: str) -> Edit:
    return Edit("storage/people.py", old, new)


VALUES: tuple[Mutant, ...] = (
    mutant(
        "native times are read differently from those of formats",
        f"{_TIMES}[2026-03-02 08:15:30.25+09-2026-03-02T08:15:30.250000+09:00]",
        "AssertionError: assert False",
        Edit("domain/event_parts.py", "        return read_time(value)\n", "        return value\n"),
    ),
    mutant(
        "a time in small letters isn't read",
        f"{_TIMES}[2026-03-02t08:15:30z-2026-03-02T08:15:30+00:00]",
        "ValueError: not an ISO 8601 date and time",
        Edit("domain/instants.py", "text.strip().upper()", "text.strip()"),
    ),
    mutant(
        "a bare day counts as a time",
        "activities/domain/test_instants.py::test_another_text_is_no_time_in_any_format[2026-03-02]",
        "Failed: DID NOT RAISE",
        Edit(
            "domain/instants.py",
            r"[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) ?",
            r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)?) ?",
        ),
    ),
    mutant(
        "an Int64 is the text of its type",
        "end_to_end/test_values.py::test_an_employee_number_that_is_a_number[Int64]",
        "TimeoutError",
        _in_people("value.value if isinstance(value, EntityProperty) else value", "value"),
    ),
    mutant(
        "a whole Double is written with a fraction",
        "end_to_end/test_values.py::test_an_employee_number_that_is_a_number[Double]",
        "TimeoutError",
        _in_people("return str(int(plain))", "return str(plain)"),
    ),
    mutant(
        "a Double with a fraction is cut",
        f"{_PEOPLE}test_a_row_that_names_nobody_says_why[a Double with a fraction]",
        "Failed: DID NOT RAISE",
        _in_people("if not plain.is_integer() or abs(plain) > _EXACT:", "if abs(plain) > _EXACT:"),
    ),
    mutant(
        "a Double that has lost digits is taken",
        f"{_PEOPLE}test_a_row_that_names_nobody_says_why[a Double without all digits]",
        "Failed: DID NOT RAISE",
        _in_people(" or abs(plain) > _EXACT", ""),
    ),
    mutant(
        "a Boolean counts as a number",
        f"{_PEOPLE}test_a_row_that_names_nobody_says_why[a Boolean]",
        "Failed: DID NOT RAISE",
        _in_people("case int() if not isinstance(plain, bool):", "case int():"),
    ),
    mutant(
        "rows of people aren't checked",
        f"{_PEOPLE}test_a_row_that_names_nobody_says_why[a name that would change a request]",
        "Failed: DID NOT RAISE",
        _in_people("return Person.model_validate({kind: text}).reference", "return Reference(kind, text)"),
    ),
    mutant(
        "a refusal gives codes instead of words",
        "end_to_end/test_values.py::test_a_refused_event_says_in_words_what_is_wrong",
        "AssertionError: assert 'occurredAt: ...tern_mismatch'",
        Edit("domain/event_reading.py", "_WORDS.get(code, code)", "code"),
    ),
)
