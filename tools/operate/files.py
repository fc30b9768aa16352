"""Files that commands write."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

STANDARD = "-"


@contextmanager
def whole(name: str) -> Iterator[TextIO]:
    """Open a file as `private` does, but under another name. It's renamed to `name` once everything is written."""
    if name == STANDARD:
        yield sys.stdout
        return
    unfinished = f"{name}.part"
    with private(unfinished) as file:
        yield file
    Path(unfinished).replace(name)


@contextmanager
def private(name: str) -> Iterator[TextIO]:
    """Open a file that only its owner may read, and overwrite what was there. `-` is standard output."""
    if name == STANDARD:
        yield sys.stdout
        return
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    # The file may have existed, with other permissions.
    os.fchmod(descriptor, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        yield file
