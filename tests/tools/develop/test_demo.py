"""The demonstration runs all its cases, and reports results that are not as expected."""

import asyncio
import json
import subprocess
import sys

from rich.console import Console

from tests.activities.graph.test_bodies import REQUESTS
from tools.develop.demo.cases import Case, cases
from tools.develop.demo.runner import Result
from tools.develop.demo.show import table
from tools.develop.simulator import RecordedRequest

CREATED = RecordedRequest(
    number=1, operation="create", method="POST", path="/v1.0/x/learningCourseActivities", status=201
)


async def test_all_cases_are_as_expected() -> None:
    """Without a terminal, too, it shows every case and the reference's requests in full; the exit code is 0."""
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tools.develop.demo", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = (text.decode() for text in await demo.communicate())
    assert demo.returncode == 0, out + err
    for case in cases():
        assert case.title in out
        for reason in case.letters:
            assert f"dead letter: {reason}" in out
    for request in REQUESTS.values():
        for name in request.keys() - {"externalcourseActivityId"}:
            assert json.dumps(name) in out
    assert "http://127.0.0.1:" in out
    assert f"{len(cases())} of {len(cases())} cases as expected" in out


def test_a_result_is_compared_with_its_case() -> None:
    """Any request too many or too few is not as expected, and the table names the expected ones."""
    expected = Case("Assigned", "{}", ("create 201",))
    assert Result(expected, [CREATED], []).as_expected
    missing = Result(expected, [], [])
    doubled = Result(expected, [CREATED, CREATED], [])
    assert not missing.as_expected
    assert not doubled.as_expected
    screen = Console(width=200)
    with screen.capture() as seen:
        screen.print(table([missing]))
    assert "NOT AS EXPECTED: create 201" in seen.get()
