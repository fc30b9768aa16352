"""Notes how far a file has been published, in a file beside it, so that an interrupted run can be continued.

A run that was killed may have sent a few more messages than it noted. They're sent again, which does no harm: the same
event twice changes nothing.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.operate.publish.items import Item
from tools.operate.troubles import WrongUsage

SUFFIX = ".progress"


class Changed(WrongUsage):
    """What was sent before isn't the beginning of what's to be sent now."""


class Noted(BaseModel):
    """The notes of a run: its queue, how many messages are done, how many of those were refused, and their hash."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queue: str
    done: int
    refused: int
    digest: str


class Journal:
    """Notes how far a run is. Without a file, as for standard input, it notes nothing.

    Args:
        file: the file that's being published.
        queue: the account and the name of the queue that it goes to.
    """

    def __init__(self, file: Path | None, queue: str) -> None:
        self._path = None if file is None else file.with_name(file.name + SUFFIX)
        self._queue = queue
        self._digest = hashlib.sha256()
        self.done = 0
        self.refused = 0

    @classmethod
    def begin(cls, file: Path | None, queue: str, items: Iterator[Item], *, restart: bool = False) -> Self:
        """Continue an earlier run that was interrupted: skip the items that it had done.

        Raises:
            Changed: these items aren't the same any more, or they go to another queue.
            OSError: the notes can't be read.
        """
        journal = cls(file, queue)
        noted = None if restart else journal._noted()
        if noted is None:
            return journal
        for item in items if noted.done else ():
            journal.add(item)
            if journal.done == noted.done:
                break
        journal.refused = noted.refused
        if journal._notes() != noted:
            raise Changed(
                f"{journal._path} is from an interrupted run with another content or queue: give --restart to publish "
                "everything from the beginning (nothing is doubled)"
            )
        return journal

    def add(self, item: Item, *, refused: bool = False) -> None:
        """Count a message as done: sent, or refused. Only `save` writes this to the file."""
        self.done += 1
        self.refused += refused
        self._digest.update(f"{item.place}\n{item.text}\n".encode())

    def save(self) -> None:
        """Write the notes, completely or not at all."""
        if self._path is None:
            return
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(self._notes().model_dump_json(), encoding="utf-8")
        os.replace(new, self._path)  # noqa: PTH105  replaces on every operating system

    def end(self) -> None:
        """Delete the notes, because everything is done."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _notes(self) -> Noted:
        return Noted(queue=self._queue, done=self.done, refused=self.refused, digest=self._digest.hexdigest())

    def _noted(self) -> Noted | None:
        if self._path is None or not self._path.is_file():
            return None
        try:
            return Noted.model_validate_json(self._path.read_bytes())
        except ValidationError:
            raise Changed(
                f"{self._path} can't be read: give --restart to publish everything from the beginning"
            ) from None
