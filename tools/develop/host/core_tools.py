"""Azure Functions Core Tools (`func start`) as the host, on machines that have them."""

import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.develop.host.log import Invocation
from tools.develop.host.process import HostProcess, Program

LISTED = "Functions:"  # the heading of the list that Core Tools print once the app is loaded
EXECUTED = re.compile(
    rb"Executed 'Functions\.(?P<function>\w+)' \((?P<how>Succeeded|Failed), Id=[\w-]+, Duration=(?P<ms>\d+)ms\)"
)


def core_tools(func: str, app_root: Path, environment: Mapping[str, str], folder: Path, name: str) -> HostProcess:
    """Start `func` with this Python for its worker. The output goes to `<name>.log` in `folder`.

    Unlike in Azure and in the embedded host, all functions share one worker process. Invocations have no message id and
    no dequeue count. If a message becomes poison, that's reported as another `error`.
    """
    log = folder / f"{name}.log"
    port = _free_port()
    command = [func, "start", "--port", str(port)]
    program = Program(command, LISTED, invocation, output=log, log=log, url=f"http://127.0.0.1:{port}")
    python = {"VIRTUAL_ENV": sys.prefix, "PATH": f"{sys.prefix}/bin:{environment['PATH']}"}
    return HostProcess(program, environment={**environment, **python}, app_root=app_root)


def invocation(line: bytes) -> Invocation | None:
    """Read an invocation from a line of the log. Return None if the line reports something else."""
    found = EXECUTED.search(line)
    if not found:
        return None
    succeeded = found["how"] == b"Succeeded"
    return Invocation(found["function"].decode(), "ok" if succeeded else "error", float(found["ms"]))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
