"""The list of commands appears at once, and Ctrl-C ends a command quietly even while it's loading."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from tools.operate.cli import COMMANDS, command_line
from tools.operate.loading import INTERRUPTED

_LOADED = "import sys, atexit; atexit.register(lambda: print(*sys.modules)); from tools.operate import cli; cli.main()"


def test_the_list_has_all_commands() -> None:
    """The list that's shown without loading the modules matches what the modules have."""
    whole = get_command(command_line())
    assert isinstance(whole, TyperGroup)
    assert sorted(whole.commands) == sorted(one.name for one in COMMANDS)
    groups = {name for name, command in whole.commands.items() if isinstance(command, TyperGroup)}
    assert groups == {one.name for one in COMMANDS if one.is_group}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], [], ["dead-leters"]], ids=" ".join)
def test_the_list_loads_no_command(arguments: list[str]) -> None:
    """Somebody who only looks for a command, or mistypes one, doesn't wait for libraries to load."""
    command = [sys.executable, "-c", _LOADED, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    loaded = ran.stdout.splitlines()[-1].split()
    assert "typer" in loaded
    assert {"azure", "msgraph", "tools.operate.command"} & {*loaded} == set()


@pytest.mark.parametrize("while_loading", ["typer.models", "pydantic_core", "azure.core.exceptions"])
async def test_an_interruption_while_modules_load_is_quiet(while_loading: str) -> None:
    """Nothing has begun yet, so nothing is printed: no traceback and no sentence."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", "-m", "tools.operate", "status"),
        env=os.environ | {"AzureWebJobsStorage": "UseDevelopmentStorage=true"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Shells make background processes ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stderr is not None
    while (line := (await process.stderr.readline()).decode()).split("|")[-1].strip() != while_loading:
        assert line
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert (process.returncode, out) == (INTERRUPTED, b"")
    assert [line for line in err.decode().splitlines() if not line.startswith("import time:")] == []
