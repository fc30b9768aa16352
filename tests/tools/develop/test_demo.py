"""The demonstration reports results that aren't as expected. The test of the first hour runs all its cases."""

import pytest

from tools.develop.demo import show
from tools.develop.demo.cases import Case
from tools.develop.demo.runner import Result
from tools.develop.simulator import RecordedRequest

CREATED = RecordedRequest(
    number=1, operation="create", method="POST", path="/v1.0/x/learningCourseActivities", status=201
)


def test_a_result_is_compared_with_its_case(capsys: pytest.CaptureFixture[str]) -> None:
    """Any request too many or too few isn't as expected, and the line below the case names the expected ones."""
    expected = Case("Assigned", "{}", ("create 201",))
    assert Result(expected, [CREATED], []).as_expected
    missing = Result(expected, [], [])
    doubled = Result(expected, [CREATED, CREATED], [])
    assert not missing.as_expected
    assert not doubled.as_expected
    show.case(7, missing)
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["7", "Assigned", "unchanged"]
    assert second.strip() == "NOT AS EXPECTED: create 201"
