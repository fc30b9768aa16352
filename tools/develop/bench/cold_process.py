"""The process whose start `cold_start` measures. It loads an app, and invokes one of its functions once.

    python -m tools.develop.bench.cold_process APP FUNCTION

It reads the trigger's text from standard input. It prints how long everything took since the process started.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from tools.develop.bench.cold_figures import Start
from tools.develop.host import worker
from tools.develop.host.rpc import TypedData

# The environment variable with the time at which the process was started, in seconds since 1970.
STARTED = "COLD_START_AT"


async def run(app: Path, name: str, text: str) -> Start:
    """Load the app and invoke the function.

    Raises:
        RuntimeError: the function failed.
    """
    functions = {function.name: function for function in await worker.load(app)}
    loaded = time.process_time()
    function = functions[name]
    value = TypedData(json=text) if function.trigger["type"] == "timerTrigger" else TypedData(string=text)
    done = await worker.invoke(function, value, {})
    if done.failure is not None:
        raise RuntimeError(done.failure)
    return Start(time.process_time(), time.time() - float(os.environ[STARTED]), loaded, "msgraph" in sys.modules)


def main() -> None:
    """Run the command line."""
    start = asyncio.run(run(Path(sys.argv[1]), sys.argv[2], sys.stdin.read()))
    print(json.dumps(vars(start)), flush=True)
    # Exit without closing the app's clients. In Azure, they stay open too.
    os._exit(0)


if __name__ == "__main__":
    main()
