"""Run the simulator as a process: `python -m tools.develop.simulator --port 8765 --config '{"quota": []}'`.

The first line of its output is JSON: `{"url": ..., "environment": {...}}`. It stops on SIGINT or SIGTERM.
"""

import argparse
import asyncio
import json
import signal

from tools.develop.simulator.server import Simulator


async def serve(port: int, config: dict[str, object]) -> None:
    """Serve until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    simulator = Simulator(**config)
    await simulator.start(port)
    print(json.dumps({"url": simulator.url, "environment": simulator.environment}), flush=True)
    await stopped.wait()
    await simulator.stop()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.develop.simulator", description="Simulate Microsoft Graph.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--config", type=json.loads, default={}, help="fields of Config as a JSON object")
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.config))


if __name__ == "__main__":
    main()
