"""The rules of a deployment: what counts as a sign of life, and when a package is taken back."""

from tests.traces.mutants.mutant import Edit, Mutant, mutant

_ROLLOUT = "tools/operate/deploy/test_rollout.py::"
_BROKEN = _ROLLOUT + "test_a_package_that_does_not_work_is_taken_back"


def _in(file: str, old: str, new: str) -> Edit:
    return Edit(f"../tools/operate/deploy/{file}", old, new)


DEPLOYMENTS: tuple[Mutant, ...] = (
    mutant(
        "deployments: the former package's signs count",
        f"{_BROKEN}[stuck]",
        "Failed: DID NOT RAISE Trouble",
        _in(
            "checks.py",
            '    return (row.get("version"), row.get("build")) == (package.version, package.build)',
            '    return row.get("version") == package.version',
        ),
    ),
    mutant(
        "deployments: a package whose timer runs is enough",
        f"{_BROKEN}[format]",
        "Failed: DID NOT RAISE Trouble",
        _in("checks.py", '        await _in_time(ends, "no ping has come back from it", self._answers(package))\n', ""),
    ),
    mutant(
        "deployments: a fault in an answer is overlooked",
        f"{_BROKEN}[format]",
        "Failed: DID NOT RAISE Trouble",
        _in("checks.py", '                if row.get("fault"):', '                if row.get("no fault"):'),
    ),
    mutant(
        "deployments: a package is deployed even if it can't be checked",
        _ROLLOUT + "test_nothing_is_changed_if_the_checks_cannot_be_made",
        "AssertionError: Regex pattern did not match",
        _in("rollout.py", "    since = await checks.prepare()\n", "    since = await checks.last_beat()\n"),
    ),
)
