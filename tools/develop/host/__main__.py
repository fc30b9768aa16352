"""Command line of the local host: `python -m tools.develop.host --app-root .`."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from tools.develop.host import log
from tools.develop.host.host import Host
from tools.develop.host.worker import AppError


def main() -> int:
    """Run the host until it is told to stop; 0 if everything under way was finished."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.develop.host",
        description="Run a function app's queue and timer functions without Azure Functions Core Tools.",
    )
    parser.add_argument("--app-root", type=Path, default=Path(), help="folder of function_app.py and host.json")
    parser.add_argument("--lease-seconds", type=int, default=600, help="how long a message under way is hidden")
    parser.add_argument("--drain-seconds", type=float, default=60, help="patience with invocations when stopping")
    parser.add_argument("--json-log", action="store_true", help="one JSON line per invocation on standard output")
    parser.add_argument("--end-with-stdin", action="store_true", help="end when standard input closes")
    options = parser.parse_args()
    log.configure()
    record = log.InvocationLog(as_json=options.json_log)
    host = Host(
        app_root=options.app_root.resolve(),
        environment=os.environ,
        lease_seconds=options.lease_seconds,
        drain_seconds=options.drain_seconds,
        record=record,
        ends_with_stdin=options.end_with_stdin,
    )
    try:
        asyncio.run(host.run())
    except AppError as error:
        log.logger.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
