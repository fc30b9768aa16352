"""What the app logs of exceptions that nobody knows: a defect is put back like any failure, but a run has to notice."""

import builtins
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from activities.guard import DEFECTS
from activities.telemetry import Event


class Surprises(logging.Handler):
    """Collects where defects showed."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note a defect, and pass over what storage and the network raise."""
        if record.getMessage() == Event.UNEXPECTED:
            where = str(vars(record)["detail"])
            kind = getattr(builtins, where.split(maxsplit=1)[0], Exception)
            if issubclass(kind, DEFECTS):
                self.found.append(where)


@contextmanager
def surprises() -> Iterator[list[str]]:
    """Collect the defects that show meanwhile. Everything else that the app logs goes nowhere."""
    logger, collecting = logging.getLogger("activities"), Surprises()
    level, propagates = logger.level, logger.propagate
    logger.setLevel(logging.ERROR)
    logger.propagate = False
    logger.addHandler(collecting)
    try:
        yield collecting.found
    finally:
        logger.removeHandler(collecting)
        logger.setLevel(level)
        logger.propagate = propagates
