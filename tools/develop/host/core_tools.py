"""Azure Functions Core Tools (`func start`) as the host, on machines that have them."""

import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.develop.host.log import Invocation
from tools.develop.host.process import HostProcess, Program

LISTED = "Functions:"  # the heading of the list that it prints when the app is loaded
EXECUTED = re.compile(
    rb"Executed 'Functions\.(?P<function>\w+)' \((?P<how>Succeeded|Failed), Id=[\w-]+, Duration=(?P<ms>\d+)ms\)"
)


def core_tools(func: str, app_root: Path, environment: Mapping[str, str], folder: Path, name: str) -> HostProcess:
    """Start `func`, with the Python that runs this as its worker; `<name>.log` in `folder` is its output.

    Its invocations carry neither message id nor count, and a poisoned message is one `error` more.
    """
    log = folder / f"{name}.log"
    program = Program([func, "start", "--port", str(_free_port())], LISTED, invocation, output=log, log=log)
    python = {"VIRTUAL_ENV": sys.prefix, "PATH": f"{sys.prefix}/bin:{environment['PATH']}"}
    return HostProcess(program, environment={**environment, **python}, app_root=app_root)


def invocation(line: bytes) -> Invocation | None:
    """Read a line of the log that tells of an invocation."""
    found = EXECUTED.search(line)
    if not found:
        return None
    succeeded = found["how"] == b"Succeeded"
    return Invocation(found["function"].decode(), "ok" if succeeded else "error", float(found["ms"]))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
