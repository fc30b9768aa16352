"""Collects unexpected exceptions from the app's log. The app retries after a bug too, but a run has to notice it."""

import builtins
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from activities.guard import DEFECTS
from activities.telemetry import Event


class Surprises(logging.Handler):
    """Collects where bugs showed up."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note a bug, and ignore what storage and the network raise."""
        if record.getMessage() == Event.UNEXPECTED:
            where = str(vars(record)["detail"])
            kind = getattr(builtins, where.split(maxsplit=1)[0], Exception)
            if issubclass(kind, DEFECTS):
                self.found.append(where)


@contextmanager
def surprises() -> Iterator[list[str]]:
    """Collect the bugs that show up in this context. Everything else that the app logs is dropped."""
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
