"""Deploying to a local platform: a package that works stays, and one that doesn't is rolled back."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from activities.storage.shared import SharedState
from tests.tools.develop.eventually import eventually
from tests.tools.operate.deploy.local import Local, edited, packed
from tools.operate.account import Account
from tools.operate.deploy.checks import Checks
from tools.operate.deploy.package import Package
from tools.operate.deploy.rollout import former_package, roll_out
from tools.operate.troubles import Trouble

POLLING = {"AzureFunctionsJobHost__extensions__queues__maxPollingInterval": "00:00:01"}
# How many seconds a working package may take.
PATIENT = 60.0


class Stuck(Local):
    """A platform that accepts a package but goes on running the previous one."""

    async def put(self, package: Path) -> None:
        """Ignore the second package."""
        if len(self.put_builds) == 1:
            self.put_builds.append(Package.read(package).build)
            return
        await super().put(package)


class Slow(Local):
    """A platform whose `put` returns only when the package has written a heartbeat."""

    async def put(self, package: Path) -> None:
        """Wait for the heartbeat, so that the time allowed for the package doesn't have to cover its start."""
        await super().put(package)
        running, seen = self.running, set[str]()

        def has_beaten() -> bool:
            assert running
            seen.update(invocation.function for invocation in running.invocations())
            return "heartbeat" in seen

        await eventually(has_beaten, PATIENT)


def with_missing_import(app: Path) -> None:
    """The host finds no functions."""
    edited(app / "function_app.py", "from functools import cache\n", "from functools import cached\n")


def with_wrong_settings(app: Path) -> None:
    """The app refuses its settings while it loads."""
    edited(app / "host.json", '"visibilityTimeout": "00:01:30"', '"visibilityTimeout": "00:00:01"')


def with_broken_handler(app: Path) -> None:
    """The host finds all functions and the timer works, but no message is ever handled."""
    (app / "activities" / "service.py").write_text("import nothing_of_that_name\n")


def with_wrong_format(app: Path) -> None:
    """The app takes messages but can't understand any event."""
    (app / "activities/intake/formats/wrong.toml").write_text("[wrong]\n")


def without_a_function(app: Path) -> None:
    """The host finds one function fewer than the package declares."""
    with (app / "function_app.py").open("a") as file:
        file.write("app._function_builders.pop(0)\n")


# What's wrong, the platform, how long to wait for the package, and what the error says.
BROKEN: Mapping[str, tuple[Callable[[Path], None], type[Local], float, str]] = {
    "import": (with_missing_import, Local, 2.0, "no heartbeat has come from it"),
    "settings": (with_wrong_settings, Local, 2.0, "no heartbeat has come from it"),
    "handler": (with_broken_handler, Slow, 3.0, "no ping has come back from it"),
    "format": (with_wrong_format, Local, PATIENT, "it can't handle events: wrong.toml"),
    "function": (without_a_function, Slow, 7.0, "the platform doesn't list its functions"),
    "stuck": (lambda _: None, Stuck, 2.0, "no heartbeat has come from it"),
}


@pytest.fixture
def kind() -> type[Local]:
    """The platform, unless a case names another one."""
    return Local


@pytest.fixture
async def platform(kind: type[Local], environment: Mapping[str, str], tmp_path: Path) -> AsyncIterator[Local]:
    """A platform on which the app can reach this test's storage and simulator."""
    running = kind(tmp_path, {**environment, **POLLING})
    yield running
    await running.stop()


@pytest.fixture
def checks(platform: Local, account: Account) -> Checks:
    """The checks of a package on this platform."""
    return Checks(platform, account, PATIENT, pause=0.1)


async def runs(checks: Checks, package: Package) -> bool:
    """Return whether the latest heartbeat came from this package."""
    row = await SharedState(checks.account.activities).heartbeat()
    return row is not None and row["build"] == package.build


def ignore(_: str) -> None:
    """Print nothing."""


async def test_a_package_that_works_stays(checks: Checks, platform: Local, tmp_path: Path) -> None:
    """The first package has no predecessor. The second one isn't credited with the first one's heartbeat."""
    first, second = packed(tmp_path, "first"), packed(tmp_path, "second")
    assert await former_package(checks, None, tmp_path) is None
    said: list[str] = []
    await roll_out(checks, first, None, said.append)
    assert await runs(checks, first)
    before = await former_package(checks, None, tmp_path)
    assert before is not None
    assert before.build == first.build
    await roll_out(checks, second, before, said.append)
    assert await runs(checks, second)
    assert platform.put_builds == [first.build, second.build]
    assert [text for text in said if text.startswith("putting")] == [
        f"putting version {one.version}, build {one.build} in place" for one in (first, second)
    ]


@pytest.mark.parametrize(("change", "kind", "seconds", "fault"), BROKEN.values(), ids=BROKEN)
async def test_a_package_that_does_not_work_is_taken_back(  # noqa: PLR0913, PLR0917  a row of the table
    checks: Checks, platform: Local, tmp_path: Path, change: Callable[[Path], None], seconds: float, fault: str
) -> None:
    """Whatever is wrong, the previous package runs again, and the error names both packages."""
    good, bad = packed(tmp_path, "good"), packed(tmp_path, "bad", change)
    # Only a stuck platform goes on with the previous package, so only there is it started first. That takes a second.
    before = [good] if isinstance(platform, Stuck) else []
    for package in before:
        await platform.put(package.path)
        await checks.run(package, None)
    with pytest.raises(Trouble) as raised:
        await roll_out(replace(checks, seconds=seconds), bad, good, ignore)
    assert f"build {bad.build} doesn't work: {fault}" in str(raised.value)
    assert str(raised.value).endswith(f"The previous package, {good}, is running again")
    assert platform.put_builds == [package.build for package in (*before, bad, good)]
    assert await runs(checks, good)


async def test_the_first_package_has_nothing_to_go_back_to(checks: Checks, platform: Local, tmp_path: Path) -> None:
    """If the first package doesn't work, it stays, and the operator is told that there's no previous one."""
    bad = packed(tmp_path, "bad", with_missing_import)
    with pytest.raises(Trouble, match="There's no previous package to go back to"):
        await roll_out(replace(checks, seconds=2), bad, None, ignore)
    assert platform.put_builds == [bad.build]


async def test_nothing_is_changed_if_the_checks_cannot_be_made(
    checks: Checks, platform: Local, account: Account, tmp_path: Path
) -> None:
    """Nothing is changed if the checks can't run. Otherwise somebody who can't run them would roll back any package."""
    await account.retries.delete_queue()
    package = packed(tmp_path, "package")
    with pytest.raises(Trouble, match="QueueNotFound"):
        await roll_out(replace(checks, seconds=0), package, None, ignore)
    assert platform.put_builds == []
