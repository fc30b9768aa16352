"""The traps of formats whose LMS sends what looks like a completion but isn't one, and of dates."""

from tests.traces.mutants.mutant import Edit, mutant

_FORMATS = "activities/intake/formats/"
_CASE = _FORMATS + "test_cases.py::test_a_case_has_the_expected_result"
_OTHER = "AssertionError: assert {"

FORMATS_VENDORS = (
    mutant(
        "LearnUpon's completion by a learner who has failed counts",
        f"{_CASE}[learnupon/progressed-version-1]",
        _OTHER,
        Edit(
            "intake/formats/learnupon.toml",
            "types = [\"course_completion\"]\nwhen = \"contains(['passed', 'completed'], enrollmentStatus)\"\n",
            'types = ["course_completion"]\n',
        ),
    ),
    mutant(
        "LearnUpon's event without a type may be about less than a course",
        f"{_CASE}[learnupon/broken-less-than-a-course]",
        _OTHER,
        Edit("intake/formats/learnupon.toml", " && dateCompleted && type(modules) == 'array'", ""),
    ),
    mutant(
        "Litmos' achievement completes whatever its result is",
        f"{_CASE}[litmos/broken-result]",
        _OTHER,
        Edit("intake/formats/litmos.toml", " && data.result == 'Completed'", ""),
    ),
    mutant(
        "Litmos' achievements in one course share an enrolment",
        f"{_CASE}[litmos/completed-again]",
        _OTHER,
        Edit("intake/formats/litmos.toml", 'cycle = "data.achievementId"\n', ""),
    ),
    mutant(
        "Thinkific's trial counts as an enrolment",
        f"{_CASE}[thinkific/ignored-completed-trial]",
        _OTHER,
        Edit(
            "intake/formats/thinkific.toml", "to_string(payload.free_trial) == 'true'", "payload.free_trial == 'true'"
        ),
    ),
    mutant(
        "Adobe's completion counts even if it wasn't passed",
        f"{_CASE}[adobelearningmanager/progressed-not-passed]",
        _OTHER,
        Edit("intake/formats/adobelearningmanager.toml", "['true', 'null']", "['true', 'null', 'false']"),
    ),
    mutant(
        "Adobe's learning path has two spellings",
        f"{_CASE}[adobelearningmanager/unassigned-learning-path]",
        _OTHER,
        Edit(
            "intake/formats/adobelearningmanager.toml",
            "\"replace(data.loInstanceId, 'learning_program', 'learningProgram')\"",
            '"data.loInstanceId"',
        ),
    ),
    mutant(
        "Adobe's completion isn't taken back",
        f"{_CASE}[adobelearningmanager/progressed-rollback]",
        _OTHER,
        Edit("intake/formats/adobelearningmanager.toml", "starts_over = true\n", ""),
    ),
    mutant(
        "Adobe's undocumented completions are ignored silently",
        f"{_CASE}[adobelearningmanager/broken-alternative]",
        _OTHER,
        Edit("intake/formats/adobelearningmanager.toml", "contains(eventName, 'COMPLET') || ", ""),
    ),
    mutant(
        "a date may fit two patterns",
        _FORMATS + "test_dates.py::test_a_pattern_that_leaves_something_open_is_refused[two that could be mixed up]",
        "Failed: DID NOT RAISE",
        Edit(
            "intake/formats/dates.py",
            "if one.read(other.write(_SAMPLE)) or other.read(one.write(_SAMPLE)):",
            "if one == other:",
        ),
    ),
    mutant(
        "a date that ISO 8601 reads may mean something else",
        _FORMATS + "test_dates.py::test_a_pattern_that_leaves_something_open_is_refused[what looks like ISO 8601]",
        "Failed: DID NOT RAISE",
        Edit("intake/formats/dates.py", "        if _is_iso(pattern):", "        if False:"),
    ),
    mutant(
        "a year may have two digits",
        _FORMATS + "test_dates.py::test_a_pattern_that_leaves_something_open_is_refused[two digits for a year]",
        "AssertionError: assert False",
        Edit("intake/formats/dates.py", '    if "y" in found:', "    if False:"),
    ),
    mutant(
        "one of several adjoining numbers may lack a digit",
        _FORMATS + "test_dates.py::test_what_does_not_match_is_named_with_what_would[%Y%m%d%H%M-202632815]",
        "Failed: DID NOT RAISE",
        Edit("intake/formats/dates.py", "self.adjoins and len(", "False and len("),
    ),
    mutant(
        "a number of any size counts as a time",
        _FORMATS
        + "test_values.py::test_other_values_are_not_times[10000000000-magnitude-neither seconds nor milliseconds]",
        "Failed: DID NOT RAISE",
        Edit(
            "intake/formats/values.py",
            'earliest <= number < _TOO_MANY["seconds"]',
            "earliest <= number < earliest * 1_000",
        ),
    ),
    mutant(
        "SCORM Cloud's completed course counts even if it was failed",
        f"{_CASE}[scormcloud/progressed-completed-but-failed]",
        _OTHER,
        Edit("intake/formats/scormcloud.toml", "['PASSED', 'UNKNOWN']", "['PASSED', 'UNKNOWN', 'FAILED']"),
    ),
    mutant(
        "SCORM Cloud's incomplete course is completed by passing",
        f"{_CASE}[scormcloud/progressed-passed-but-incomplete]",
        _OTHER,
        Edit("intake/formats/scormcloud.toml", 'types = ["UNKNOWN"]', 'types = ["UNKNOWN", "INCOMPLETE"]'),
    ),
    mutant(
        "SCORM Cloud's instances share an enrolment",
        f"{_CASE}[scormcloud/completed-again]",
        _OTHER,
        Edit("intake/formats/scormcloud.toml", "[to_string(id), to_string(instance)]", "[to_string(id)]"),
    ),
    mutant(
        "Coassemble's tests count",
        f"{_CASE}[coassemble/ignored-test]",
        _OTHER,
        Edit("intake/formats/coassemble.toml", "test || isTest || data.test || data.isTest", "isTest || data.isTest"),
    ),
)
