"""The app needs nothing but the package, unpacked into an empty folder."""

import hashlib
import json
import os
import re
import sys
import zipfile
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path

import pytest

from tests import ROOT
from tests.end_to_end.package import package, worker
from tools.develop.demo.__main__ import SETTINGS
from tools.develop.demo.cases import cases
from tools.develop.demo.runner import CaseRunner
from tools.develop.demo.tenant import PEOPLE, tenant
from tools.develop.host.process import Worker
from tools.develop.package import PACKAGES
from tools.develop.sbom import write
from tools.develop.senders import webhook_settings
from tools.develop.stack import Stack

# Six of seven files belong to parts of msgraph-sdk that the app doesn't use. They stay packed, which saves most of the
# time. If the app comes to need another model, add it here.
MODELS = r"assignment_type|body_type|course_status|date_time_time_zone|entity|item_body|learning_\w+"
UNUSED = re.compile(
    rf"{re.escape(str(PACKAGES))}/msgraph/generated/"
    rf"(?!\w+\.|__pycache__/|employee_experience/|users/(item/)?(__pycache__/)?\w+\.|models/(__pycache__/)?({MODELS})\.)"
)


def states(folder: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield everything below a folder: each path, its size, its inode and the time of its last change.

    The system sets that time when a file, its name or its permissions change. No program can set it back.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            found = entry.stat(follow_symlinks=False)
            yield entry.path, found.st_size, found.st_ino, found.st_ctime_ns
            if entry.is_dir(follow_symlinks=False):
                yield from states(entry.path)


# The first of them may have to build the package.
pytestmark = pytest.mark.timeout(600)


async def test_the_package_alone_runs_the_app(tmp_path: Path) -> None:
    """All demonstration cases end as expected, nothing in the checkout is opened, and no file changes."""
    app, log = tmp_path / "app", tmp_path / "log"
    with zipfile.ZipFile(package(tmp_path)) as file:
        file.extractall(app, [name for name in file.namelist() if not UNUSED.match(name)])
    before = set(states(str(app)))
    made = worker(tmp_path / "worker", log)
    # As in Azure, the app's own libraries come before the worker's.
    found = Worker(made.command, f"{app / PACKAGES}:{made.modules}")
    settings = SETTINGS | webhook_settings()
    async with (
        Stack(
            simulator=tenant(),
            settings=settings,
            embedded_only=True,
            app_root=app,
            worker=found,
            folder=tmp_path / "stack",
        ) as stack,
        CaseRunner(stack) as runner,
    ):
        await runner.load_people(PEOPLE)
        results = [await runner.run(case) for case in cases()]
    assert [result.case.title for result in results if not result.as_expected] == []
    opened = {Path(line) for line in log.read_text().splitlines()}
    modules = {path for path in opened if path.suffix in (".py", ".pyc", ".so")}
    places = (app, tmp_path / "worker", Path(sys.base_prefix))
    assert [path for path in opened if path.is_relative_to(ROOT) or path.is_relative_to(sys.prefix)] == []
    assert [path for path in modules if not any(path.is_relative_to(place) for place in places)] == []
    for name in ("activities/handler", "activities/door", ".python_packages/lib/site-packages/msgraph/__init__"):
        assert any(str(path).startswith(f"{app}/{Path(name).parent}/__pycache__/{Path(name).name}") for path in modules)
    assert set(states(str(app))) == before


def test_the_bill_of_materials_says_what_lies_in_the_package(tmp_path: Path) -> None:
    """It lists each distribution in the zip file with its version and a license, and nothing else."""
    built, bill = package(tmp_path), tmp_path / "sbom.cdx.json"
    write(built, bill)
    said = json.loads(bill.read_text())
    with zipfile.ZipFile(built) as file:
        metadata = [file.read(name).decode() for name in file.namelist() if name.endswith(".dist-info/METADATA")]
    inside = {(message["Name"], message["Version"]) for message in map(message_from_string, metadata)}
    assert {(part["name"], part["version"]) for part in said["components"]} == inside
    assert {"msgraph-sdk", "azure-functions"} <= {name for name, _ in inside}
    assert [part["name"] for part in said["components"] if not part.get("licenses")] == []
    [found] = said["metadata"]["component"]["hashes"]
    assert found["content"] == hashlib.sha256(built.read_bytes()).hexdigest()
