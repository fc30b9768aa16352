"""Command line of the local host: `python -m tools.develop.host --app-root .`."""

import argparse
import os
import sys
from pathlib import Path

from tools.develop.host import log
from tools.develop.host.host import Host
from tools.develop.host.worker import AppError


def main() -> int:
    """Run the host until it's stopped. Return 0 if all running invocations could finish."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.develop.host",
        description="Run the queue, timer and HTTP functions of an app without Azure Functions Core Tools.",
    )
    parser.add_argument("--app-root", type=Path, default=Path(), help="folder with function_app.py and host.json")
    parser.add_argument("--lock-seconds", type=int, default=600, help="seconds a received message is invisible")
    parser.add_argument("--drain-seconds", type=float, default=60, help="seconds invocations may run after a stop")
    parser.add_argument("--http-port", type=int, default=0, help="port on 127.0.0.1 for HTTP functions; 0: any free")
    parser.add_argument("--json-log", action="store_true", help="write one JSON line per invocation to standard output")
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input is closed")
    options = parser.parse_args()
    log.configure()
    host = Host(
        app_root=options.app_root.resolve(),
        environment=os.environ,
        lock_seconds=options.lock_seconds,
        drain_seconds=options.drain_seconds,
        http_port=options.http_port,
        log=log.InvocationLog(as_json=options.json_log),
        ends_with_stdin=options.end_with_stdin,
    )
    try:
        return host.run()
    except AppError as error:
        log.logger.error("%s", error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
