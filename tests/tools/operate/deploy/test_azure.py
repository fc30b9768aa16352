"""Azure is called through Azure CLI. Here, a stand-in `az` answers and logs each call."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.tools.operate.conftest import Run
from tests.tools.operate.deploy.local import packed
from tools.operate.account import Account
from tools.operate.deploy.platform import Azure
from tools.operate.troubles import Trouble, WrongUsage

AZ = """#!{python}
import sys
words = " ".join(sys.argv[1:])
open({log!r}, "a").write(words + "\\n")
for part, answer in {answers!r}.items():
    if part in words:
        if answer is None:
            sys.exit("WARNING: a preview\\nERROR: (Forbidden) not yours\\n")
        print(answer)
"""
CONFIG, LIST, ZIP = "deployment config show", "function list", "config-zip"


class Az:
    """The stand-in for `az`: sets its answers and returns what it was asked."""

    def __init__(self, folder: Path) -> None:
        self._program, self._log = folder / "az", folder / "log"

    def answers(self, answers: Mapping[str, str | None]) -> None:
        """Set the answers: a text for each command that contains certain words, or None to make it fail."""
        self._program.write_text(AZ.format(python=sys.executable, log=str(self._log), answers=dict(answers)))
        self._program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        """The command line of each call."""
        return self._log.read_text().splitlines() if self._log.exists() else []


@pytest.fixture
def az(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Az:
    """A program `az` that comes first on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Az(folder)


async def test_the_former_package_is_read_where_the_app_is_deployed_from(
    account: Account, az: Az, tmp_path: Path
) -> None:
    """The platform names the container. If nothing was ever deployed, there's no package in it."""
    name = f"deployment-{os.getpid()}-{id(az)}"
    az.answers({CONFIG: f"https://account.blob.core.windows.net/{name}/"})
    azure = Azure("rg", "app", account)
    container = account.container(name)
    await container.create_container()
    assert not await azure.former(tmp_path / "former.zip")
    await container.upload_blob("released-package.zip", b"the package")
    assert await azure.former(tmp_path / "former.zip")
    assert (tmp_path / "former.zip").read_bytes() == b"the package"
    assert az.asked[0] == (
        "functionapp deployment config show --resource-group rg --name app --query storage.value --output tsv"
    )


async def test_a_package_is_deployed_as_it_is(account: Account, az: Az) -> None:
    """The command tells Azure not to build anything."""
    az.answers({})
    await Azure("rg", "app", account).put(Path("dist/app.zip"))
    [asked] = az.asked
    assert asked == (
        "functionapp deployment source config-zip --resource-group rg --name app --src dist/app.zip "
        "--build-remote false --output tsv"
    )


async def test_functions_are_known_by_their_own_names(account: Account, az: Az) -> None:
    """Azure puts the app's name before each function's name, and the code removes it."""
    az.answers({LIST: "app/process_event\napp/heartbeat"})
    assert await Azure("rg", "app", account).functions() == {"process_event", "heartbeat"}


async def test_what_azure_refuses_is_one_sentence(account: Account, az: Az) -> None:
    """If Azure refuses, the error is one sentence. It ends with the last line from Azure CLI, which says why."""
    az.answers({ZIP: None})
    with pytest.raises(Trouble) as raised:
        await Azure("rg", "app", account).put(Path("app.zip"))
    assert str(raised.value) == ("az functionapp deployment source config-zip failed: ERROR: (Forbidden) not yours")


async def test_without_azure_cli_the_operator_hears_what_to_install(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If Azure CLI is missing, the error says to install it."""
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Trouble, match="install Azure CLI"):
        await Azure("rg", "app", account).functions()


async def test_the_command_ends_with_what_is_wrong(run: Run, az: Az, tmp_path: Path) -> None:
    """If Azure refuses the package, the command tries to put the previous one back, and ends with exit code 1."""
    az.answers({ZIP: None, LIST: "app/process_event"})
    package = packed(tmp_path, "package")
    ran = await run(
        *("deploy", str(package.path), "--resource-group", "rg", "--app", "app", "--former", str(package.path))
    )
    assert ran.code == 1
    assert f"{package} doesn't work: az functionapp deployment source config-zip failed" in " ".join(ran.err.split())
    assert [words.split()[1:4] for words in az.asked] == [
        ["function", "list", "--resource-group"],
        ["deployment", "source", "config-zip"],
        ["deployment", "source", "config-zip"],
    ]


@pytest.mark.parametrize("content", [None, b"no zip file"])
async def test_any_other_file_is_no_package(run: Run, az: Az, tmp_path: Path, content: bytes | None) -> None:
    """If the file isn't a package, the command doesn't call Azure at all."""
    file = tmp_path / "app.zip"
    if content is not None:
        file.write_bytes(content)
    ran = await run("deploy", str(file), "--resource-group", "rg", "--app", "app")
    assert (ran.code, az.asked) == (WrongUsage.code, [])
    assert "isn't a package of this app" in " ".join(ran.err.split())
