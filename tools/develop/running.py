"""Only one local stack can run in a folder. Commands in that folder find it by the files in `.local`."""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tools.operate.account import LOCAL_STACK
from tools.operate.webhook.commands import LOCAL_WEBHOOKS

FOLDER = LOCAL_STACK.parent
# Holds the address of the page and of the simulated Graph. The process that runs the stack has a lock on the file. The
# system releases the lock when the process ends, however it ends.
PAGE = FOLDER / "page"
EXIT_CODE = 3


class RunsAlreadyError(Exception):
    """Another local stack is running in this folder."""

    def __init__(self, page: str) -> None:
        where = f": {page}" if page else ". It's just starting"
        super().__init__(f"A local stack is already running in {Path.cwd()}{where}. Ctrl-C in its terminal stops it.")


class Running:
    """The right to run this folder's local stack, for as long as the `claim` lasts."""

    def __init__(self, page: IO[str]) -> None:
        self._page = page

    def tell(self, page: str, connection_string: str, webhooks: Mapping[str, str] | None = None) -> None:
        """Tell commands where the stack is.

        Args:
            page: the address of the page.
            connection_string: storage's connection string.
            webhooks: `url` (where to send webhooks), and the senders' app settings.
        """
        LOCAL_STACK.write_text(connection_string, encoding="utf-8")
        if webhooks is not None:
            LOCAL_WEBHOOKS.write_text(json.dumps(dict(webhooks)), encoding="utf-8")
        self._page.write(page)
        self._page.flush()


@contextmanager
def claim() -> Iterator[Running]:
    """Claim this folder for a local stack.

    Raises:
        RunsAlreadyError: another one is running here. It hasn't been affected.
    """
    FOLDER.mkdir(exist_ok=True)
    with PAGE.open("a+", encoding="utf-8") as page:
        try:
            fcntl.flock(page, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            page.seek(0)
            raise RunsAlreadyError(page.read()) from None
        page.truncate(0)
        try:
            yield Running(page)
        finally:
            for file in (LOCAL_STACK, LOCAL_WEBHOOKS):
                file.unlink(missing_ok=True)
            # Keep the file: a lock on a deleted file wouldn't keep anybody out.
            page.truncate(0)
