"""Run storage and Microsoft Graph at the addresses in `local.settings.json`, for `func start` and a debugger.

Run `python -m tools.develop.services` in one terminal and `func start` in another. Ctrl-C stops it. Nothing is kept.
It exits with 3 if a local stack is already running in this folder.
"""

import asyncio
import json
import signal
import sys
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from tools.develop.azurite import Azurite, AzuriteError, create_storage
from tools.develop.demo.tenant import PEOPLE, tenant
from tools.develop.running import EXIT_CODE, RunsAlreadyError, claim
from tools.develop.stack import APP_ROOT, NAMES
from tools.develop.waiting import waiting
from tools.operate import screen
from tools.operate.account import Account
from tools.operate.people.table import load

# `UseDevelopmentStorage=true` means these ports.
PORTS = (10_000, 10_001, 10_002)


async def run() -> None:
    """Serve until cancelled.

    Raises:
        AzuriteError: Azurite didn't start, for example because a port is in use.
        OSError: the simulator's port is in use.
        RunsAlreadyError: another local stack is running in this folder.
    """
    values = json.loads((APP_ROOT / "local.settings.json").read_text(encoding="utf-8"))["Values"]
    simulator = tenant(provider_id=values["LEARNING_PROVIDER_ID"], identity_header=values["IDENTITY_HEADER"])
    with claim() as running:
        await simulator.start(urlsplit(values["GRAPH_BASE_URL"]).port or 0)
        try:
            async with (
                Azurite(ports=PORTS) as azurite,
                Account(connection_string=azurite.connection_string) as account,
            ):
                simulator.waiting = partial(waiting, account, NAMES)
                await create_storage(azurite.connection_string, NAMES)
                await load(account.people, PEOPLE)
                running.tell(simulator.url, azurite.connection_string)
                screen.out.print(f"Storage and Microsoft Graph are running. Learners' activities: {simulator.url}")
                screen.out.print("Now run `func start` in another terminal. Ctrl-C stops this. Nothing is kept.")
                await asyncio.Event().wait()
        finally:
            await simulator.stop()


async def main() -> None:
    """Run until Ctrl-C or SIGTERM."""
    task = asyncio.current_task()
    assert task  # noqa: S101 - this runs in a task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with suppress(asyncio.CancelledError):
        await run()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except RunsAlreadyError as error:
        screen.error(str(error))
        sys.exit(EXIT_CODE)
    except (AzuriteError, OSError) as error:
        screen.err.print(str(error), style="red", markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(0)
