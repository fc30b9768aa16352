"""What the clients of all storage SDKs have in common: they send a request up to three times."""

import asyncio
from collections.abc import Callable

from tests.simulation.memory.refusals import is_sent_again, storage_error
from tests.simulation.memory.wire import Answered, NoAnswer, NoConnection, Wire

TRIES = 3
PAUSE = 0.8


class Client:
    """Sends requests to one server."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def _send[T](self, operation: str, effect: Callable[[], T], about: str = "") -> T:
        """Send a request, as the SDKs of storage do.

        If an answer is lost, the request is sent again although it may have taken effect.
        """
        for left in reversed(range(TRIES)):
            try:
                return await self._wire.call(operation, effect, about)
            except (NoConnection, NoAnswer, Answered) as error:
                if not left or not is_sent_again(error):
                    raise storage_error(error) from error
            await asyncio.sleep(PAUSE)
        raise AssertionError
