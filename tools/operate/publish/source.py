"""Opens what messages come from: a file or standard input, as JSON or as an export with columns."""

import codecs
import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tools.operate.publish.export import Export
from tools.operate.publish.items import Item, items_in
from tools.operate.troubles import WrongUsage

STANDARD_INPUT = "-"
_LINES = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file, or standard input if the name is `-`. It's CSV if there's an `export`, otherwise JSON."""

    name: str
    export: Export | None = None

    @property
    def file(self) -> Path | None:
        """The file, or None for standard input, which can be read only once."""
        return None if self.name == STANDARD_INPUT else Path(self.name)

    @contextmanager
    def items(self) -> Iterator[Iterator[Item]]:
        """Open it, and yield an iterator of its messages.

        Raises:
            WrongUsage: it can't be opened, or it's an export but not CSV in UTF-8.
        """
        with nullcontext(sys.stdin.buffer) if self.file is None else self._open(self.file) as opened:
            try:
                yield self._read(opened)
            except UnicodeDecodeError:
                raise WrongUsage(f"{self.name} isn't UTF-8: save it as CSV UTF-8") from None
            except csv.Error as error:
                raise WrongUsage(f"{self.name} isn't CSV: {error}") from None

    def lines(self) -> int | None:
        """Return how many lines it has, or None for standard input."""
        if self.file is None:
            return None
        with self._open(self.file) as opened:
            return sum(1 for _ in opened)

    def _open(self, file: Path) -> BinaryIO:
        try:
            return file.open("rb")
        except OSError as error:
            raise WrongUsage(f"{self.name}: {error.strerror}") from None

    def _read(self, opened: BinaryIO) -> Iterator[Item]:
        if self.export is None:
            by_line = self.file is not None and self.file.suffix.lower() in _LINES
            return items_in(opened, by_line=by_line)
        return self.export.items(codecs.iterdecode(opened, "utf-8-sig"))
