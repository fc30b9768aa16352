"""Load an app and run its functions, with each group of functions in its own process."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.develop.host import listeners, worker
from tools.develop.host.endpoint import Endpoint
from tools.develop.host.function_process import FunctionProcess
from tools.develop.host.log import InvocationLog, logger
from tools.develop.host.options import is_disabled, queue_options
from tools.develop.host.processes import Processes
from tools.develop.host.worker import AppError, Function


@dataclass(frozen=True, slots=True)
class Host:
    """A host for one app. Times are in seconds. If `http_port` is 0, any free port is used."""

    app_root: Path
    environment: Mapping[str, str]
    lock_seconds: int
    drain_seconds: float
    log: InvocationLog
    http_port: int = 0
    ends_with_stdin: bool = False

    def run(self) -> int:
        """Run the app until SIGTERM or SIGINT, then let running invocations finish.

        A second signal ends the host at once. So does an invocation that takes longer than `drain_seconds`.

        Returns:
            The exit code: 0 if all running invocations could finish, else 1.

        Raises:
            AppError: the app can't run.
        """
        options = queue_options(self.app_root, self.environment)
        functions = asyncio.run(worker.load(self.app_root))
        if threading.active_count() > 1:
            raise AppError("function_app.py starts threads when it's imported, which this host doesn't support")
        listening = [function for function in functions if self._is_listened_to(function)]
        if not listening:
            raise AppError("there's nothing to listen to: no enabled function has a trigger that this host knows")
        endpoint = self._endpoint(listening)
        settings = listeners.Settings(self.environment, options, self.lock_seconds, self.log, endpoint)
        process = FunctionProcess(settings, self.drain_seconds, ends_with_stdin=self.ends_with_stdin)
        return Processes(process.run, endpoint.close if endpoint else None).run(listeners.groups(listening))

    def _endpoint(self, listening: Sequence[Function]) -> Endpoint | None:
        """Listen for HTTP requests if there's an HTTP function."""
        if not any(function.trigger["type"] == listeners.HTTP for function in listening):
            return None
        endpoint = Endpoint.open(self.http_port, self.app_root, self.environment)
        logger.info("HTTP functions: %s", endpoint.url)
        return endpoint

    def _is_listened_to(self, function: Function) -> bool:
        if is_disabled(function.name, self.environment):
            logger.info("%s is disabled", function.name)
            return False
        if not listeners.knows(function):
            kind = function.trigger["type"]
            logger.warning("%s: this host doesn't know %s, so it never invokes the function", function.name, kind)
            return False
        return True
