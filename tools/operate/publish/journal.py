"""How far a file has been published, so that an interrupted run goes on where it was. Kept beside the file.

A run that was killed may have sent a few messages more than it noted. They are sent again, which changes nothing: the
app knows an event by its id.
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
    """What was sent before is not the beginning of what is to be sent now."""


class Noted(BaseModel):
    """What a run has noted: for which queue, how many messages it is done with, how many of them it refused, a hash."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queue: str
    done: int
    refused: int
    digest: str


class Journal:
    """Notes how far a run is. Without a file, as for standard input, it notes nothing.

    Args:
        file: what is published.
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
        """Go on where a run before was interrupted, and take from the items those that it was done with.

        Raises:
            Changed: they are no longer the same, or go to another queue.
            OSError: the notes cannot be read.
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
                f"{journal._path} says that a run was interrupted, but of another content or for another queue: "
                "give --restart to publish everything anew, which doubles nothing"
            )
        return journal

    def add(self, item: Item, *, refused: bool = False) -> None:
        """Say that a message is done with: sent, or refused. `save` makes that last."""
        self.done += 1
        self.refused += refused
        self._digest.update(f"{item.place}\n{item.text}\n".encode())

    def save(self) -> None:
        """Write the notes, as a whole or not at all."""
        if self._path is None:
            return
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(self._notes().model_dump_json(), encoding="utf-8")
        os.replace(new, self._path)  # noqa: PTH105  replaces on every system

    def end(self) -> None:
        """Remove the notes, because everything is done."""
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
            raise Changed(f"{self._path} cannot be read: give --restart to publish everything anew") from None
