"""The formats of Moodle with its plugins and Totara, 360Learning, Canvas, Docebo and WorkRamp."""

from tests.traces.mutants.mutant import Edit, Mutant, mutant

_CASE = "activities/intake/formats/test_cases.py::test_a_case_has_the_expected_result"
_LIVES = "test_moodle.py::"
_RENEWED = f"{_LIVES}test_a_certification_that_is_renewed_shows_its_last_completion"
_RESULT = "AssertionError: assert {"
_KIND = "kind = \"'assignment'\"\n"
_ALLOCATED = f"types = ['\\enrol_programs\\event\\user_allocated']\nmeans = \"course.assigned\"\n{_KIND}"
_COMPLETED = f"types = ['\\totara_program\\event\\program_completed']\nmeans = \"course.completed\"\n{_KIND}"
_CERTIFIED = "types = ['\\tool_certify\\event\\user_certified']\nmeans = \"course.completed\"\n"
_PREFIXED = "from_json(other).programid | (@ && join(':', ['program', to_string(@)]))"


def _in_format(name: str, old: str, new: str) -> Edit:
    return Edit(f"intake/formats/{name}.toml", old, new)


def _unread(name: str, case: str, old: str, new: str) -> Mutant:
    """Return a mutant of a format that a recorded event notices."""
    lms = case.partition("/")[0]
    return mutant(f"{lms}: {name}", f"{_CASE}[{case}]", _RESULT, _in_format(lms, old, new))


FORMATS_MOODLE = (
    mutant(
        "moodle: an unreadable withdrawal counts as one",
        f"{_LIVES}test_a_withdrawal_that_cannot_be_read_takes_nothing_away",
        "ValueError: not enough values to unpack",
        _in_format(
            "moodle",
            'means = "refused"\nbecause = "other: does not say whether the learner is still enrolled"',
            'means = "course.unassigned"',
        ),
    ),
    mutant(
        "moodle: JSON in a text isn't read",
        f"{_LIVES}test_a_learner_who_is_still_enrolled_keeps_the_activity[JSON text]",
        "AssertionError: assert ['invalid_event'] == []",
        Edit("intake/formats/expressions.py", "json.loads(value) if isinstance(value, str) else value", "value"),
    ),
    mutant(
        "moodle: a recompletion doesn't start over",
        f"{_LIVES}test_recompletion_takes_the_completion_back",
        "AssertionError: assert ['completed',",
        _in_format("moodle", "\nstarts_over = true", ""),
    ),
    _unread(
        "a program has the id of a course",
        "moodle/assigned-program",
        f'{_ALLOCATED}course.externalId = "{_PREFIXED}"',
        f'{_ALLOCATED}course.externalId = "from_json(other).programid"',
    ),
    _unread(
        "the learner of Totara's programs is read from another field",
        "moodle/completed-totara-program",
        f'{_COMPLETED}learner.lmsAccount = "userid"',
        f'{_COMPLETED}learner.lmsAccount = "relateduserid"',
    ),
    mutant(
        "moodle: a renewal changes nothing",
        _RENEWED,
        "AssertionError: assert ['completed',",
        _in_format("moodle", f"{_CERTIFIED}renews = true", _CERTIFIED),
    ),
    mutant(
        "a renewal begins after its completion",
        _RENEWED,
        "AssertionError: assert [None, None] == [",
        Edit("domain/fields.py", "begin = occurred if completed is None else completed.at", "begin = occurred"),
    ),
    mutant(
        "a renewal counts only if new enrolments start over",
        "activities/intake/formats/test_named_sources.py::test_a_certification_is_completed_again_and_again",
        "AssertionError: assert False",
        Edit("intake/formats/format.py", "rule.renews or (rule.enrols and", "(rule.enrols and"),
    ),
    _unread(
        "a step of a path completes the path",
        "360learning/completed-course-with-path",
        'course.externalId = "data.courseId"',
        'course.externalId = "data.pathId || data.courseId"',
    ),
    _unread(
        "an enrolment without an id is accepted",
        "360learning/broken-no-enrolment",
        'when = "!(data.enrollmentId)"',
        'when = "`false`"',
    ),
    _unread(
        "9 of 10, written as texts, counts as all",
        "canvas/progressed-counts-as-text",
        "!(to_number(body.progress.requirement_completed_count) < to_number(body.progress.requirement_count))",
        "!(body.progress.requirement_completed_count < body.progress.requirement_count)",
    ),
    _unread(
        "an unknown level doesn't count as a learner's",
        "docebo/assigned-level-of-another-name",
        "\n  contains(['tutor',",
        "\n  contains(['learner', 'tutor',",
    ),
    _unread(
        "an assignment without an id is one of its own",
        "workramp/broken-no-assignment",
        'when = "!((guideAssignment || pathAssignment || scormAssignment).id)"',
        'when = "`false`"',
    ),
    mutant(
        "time: any character may stand before an offset",
        "activities/domain/test_instants.py::test_another_text_is_no_time_in_any_format[2026-03-02T08:15:30x-0800]",
        "Failed: DID NOT RAISE",
        Edit("domain/instants.py", "(?:[.,]\\d+)?)?) ?(Z|", "(?:[.,]\\d+)?)?)[ X]?(Z|"),
    ),
)
