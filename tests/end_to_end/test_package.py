"""The package, unpacked into an empty folder, is all that the app needs."""

import hashlib
import json
import sys
import zipfile
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


def hashes(folder: Path) -> dict[str, str]:
    """The files below a folder, and the hashes of their contents."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# One after the other, because both need the package to be built.
pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("package")]


async def test_the_package_alone_runs_the_app(tmp_path: Path) -> None:
    """All cases of the demonstration are as expected, nothing of the checkout is opened, and no file changes."""
    app, log = tmp_path / "app", tmp_path / "log"
    with zipfile.ZipFile(package(tmp_path)) as file:
        file.extractall(app)
    before = hashes(app)
    made = worker(tmp_path / "worker", log)
    # As in Azure, what the app brings comes before what the worker has.
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
    assert hashes(app) == before


def test_the_bill_of_materials_says_what_lies_in_the_package(tmp_path: Path) -> None:
    """Each distribution in the zip file is in it with its version and a licence, and nothing else is."""
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
