"""The rules of xAPI, Open edX and Caliper: whose learning it is, what completes a course, and what isn't a course."""

from tests.traces.mutants.mutant import Edit, mutant

_FORMATS = "activities/intake/formats/"
_XAPI = _FORMATS + "test_xapi.py::"
_OPENEDX = _FORMATS + "test_openedx.py::"
_CASE = _FORMATS + "test_cases.py::test_a_case_has_the_expected_result"


def _in_xapi(old: str, new: str) -> Edit:
    return Edit("intake/formats/xapi.toml", old, new)


def _in_openedx(old: str, new: str) -> Edit:
    return Edit("intake/formats/openedx.toml", old, new)


FORMATS_XAPI = (
    mutant(
        "xAPI: the person who assigns is the learner",
        _XAPI + "test_who_assigns_is_not_the_learner",
        "AssertionError: assert False",
        _in_xapi(
            'means = "refused"\nbecause = "learner: missing; the actor of this verb is the person who assigned"',
            'means = "course.assigned"',
        ),
    ),
    mutant(
        "xAPI: the instructor is the assigner",
        _XAPI + "test_the_instructor_is_the_assigner_only_where_the_profile_says_so",
        "AssertionError: assert [",
        _in_xapi("[course]\n", '[assigner]\nemail = "context.instructor.mbox"\n\n[course]\n'),
    ),
    mutant(
        "xAPI: a statement without a type is a course",
        _XAPI + "test_what_is_no_course_is_never_one",
        "AssertionError: assert Understood(event=CourseCompleted(",
        _in_xapi("object.objectType != 'Activity' && type", "object.objectType == 'Activity' && type"),
    ),
    mutant(
        "xAPI: a part without a type is a course",
        _XAPI + "test_what_is_no_course_is_never_one",
        "AssertionError: assert Understood(event=CourseCompleted(",
        _in_xapi("    context.contextActivities.parent\n    || contains", "    contains"),
    ),
    mutant(
        "xAPI: something without a type is a course",
        _XAPI + "test_a_completion_of_something_without_a_type",
        "AssertionError: assert Understood(event=CourseCompleted(",
        _in_xapi('when = "!(object.definition.type)"', 'when = "`false`"'),
    ),
    mutant(
        "xAPI: a failed end completes the course",
        _XAPI + "test_a_result_completes_only_if_it_says_so",
        "AssertionError: assert True is False",
        _in_xapi(" && result.success != `false`", ""),
    ),
    mutant(
        "xAPI: the end of a session completes the course",
        _XAPI + "test_a_result_completes_only_if_it_says_so",
        "AssertionError: assert True is False",
        _in_xapi("result.completion == `true` && result.success", "result.success"),
    ),
    mutant(
        "xAPI: a suspended enrolment is withdrawn",
        _CASE + "[xapi/ignored-moodle-suspended]",
        "AssertionError: assert {",
        _in_xapi(
            '  "http://activitystrea.ms/leave",\n',
            '  "http://activitystrea.ms/leave",\n  "https://w3id.org/xapi/tla/verbs/suspended",\n',
        ),
    ),
    mutant(
        "xAPI: a class list is another course",
        _XAPI + "test_the_statements_of_one_sender_meet[assigned-brightspace]",
        "assert 2 == 1",
        _in_xapi(
            'context.extensions."https://api.brightspace.com/xapi/extension_keys/context/context".orgUnitId\n  || ', ""
        ),
    ),
    mutant(
        "Open edX: a course has as many ids as addresses",
        _XAPI + "test_the_statements_of_one_sender_meet[assigned-openedx]",
        "assert 3 == 1",
        _in_xapi("openedx_course(object.id)", "object.id"),
    ),
    mutant(
        "Open edX: what a browser says counts",
        _OPENEDX + "test_a_browser_says_nothing_about_us",
        "AssertionError: assert [",
        _in_openedx("event_source == 'browser' || context.event_source == 'browser'", "event_source == 'browser'"),
    ),
    mutant(
        "Open edX: 80 in another unit counts as the whole course",
        _OPENEDX + "test_all_of_a_course_completes_it[80-False]",
        "AssertionError: assert ((True and True)) is False",
        _in_openedx(" && to_number(percent) < `2`", ""),
    ),
    mutant(
        "Open edX: a grade below the pass mark takes a completion back",
        _CASE + "[openedx/progressed-now-failed]",
        "AssertionError: assert {",
        _in_openedx(
            'types = ["edx.course.grade.now_failed"]\n', 'types = ["edx.course.grade.now_failed"]\nstarts_over = true\n'
        ),
    ),
    mutant(
        "Open edX: a learner who has lost the certificate stays completed",
        _CASE + "[openedx/progressed-certificate-revoked]",
        "AssertionError: assert {",
        _in_openedx("starts_over = true\n", ""),
    ),
    mutant(
        "Caliper: every membership is a course",
        _FORMATS + "test_caliper.py::test_only_courses_count[Completed-Membership]",
        "assert Understood(event=CourseCompleted(",
        Edit("intake/formats/caliper.toml", " && object.extensions.course_id", ""),
    ),
)
