"""Runs `lms-sync` in processes that are forked from one that has loaded it: loading takes most of a command's time.

Each command has a folder, an environment, a terminal and an exit code of its own, as if it had been started there. What
it does while it loads is not seen; `test_every_command.py` starts the commands as they are.
"""

import gc
import importlib
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import tools.operate
from tools.operate.__main__ import main

_SOCKET = ".venv/commands"
# What is run instead of `lms-sync`.
_CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({socket!r})
    socket.send_fds(server, [b"."], [0, 1, 2])
    server.sendall(json.dumps([os.getcwd(), dict(os.environ), sys.argv]).encode())
    server.shutdown(socket.SHUT_WR)
    sys.exit(int(server.recv(8) or b"1"))
"""


@contextmanager
def preloaded(folder: Path) -> Iterator[None]:
    """Let `.venv/bin/lms-sync` of a copy of the project be preloaded until the end of the block."""
    python, command = folder / ".venv/bin/python", folder / ".venv/bin/lms-sync"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / _SOCKET))
        listening.listen()
        loaded = [str(python), "-m", "tests.preloaded", str(listening.fileno())]
        running = subprocess.Popen(loaded, cwd=folder, pass_fds=[listening.fileno()])
    command.write_text(_CLIENT.format(python=python, socket=str(folder / _SOCKET)), encoding="utf-8")
    command.chmod(0o755)
    try:
        yield
    finally:
        running.kill()
        running.wait()


def _serve(listening: socket.socket) -> NoReturn:
    for module in pkgutil.walk_packages(tools.operate.__path__, f"{tools.operate.__name__}."):
        importlib.import_module(module.name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, _reap)
    while True:
        client, _ = listening.accept()
        if os.fork() == 0:
            _run(client)
        client.close()


def _reap(_number: int, _frame: FrameType | None) -> None:
    """Let commands that have ended go."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _run(client: socket.socket) -> NoReturn:
    """Be the process of one command."""
    code = 1
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        _, terminal, _, _ = socket.recv_fds(client, 1, 3)
        for number, its_own in enumerate(terminal):
            os.dup2(its_own, number)
        with client.makefile("rb") as request:
            folder, environment, sys.argv = json.load(request)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        main()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except Exception:  # noqa: BLE001  as Python does at its end
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        client.sendall(b"%d" % code)
        os._exit(code)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
