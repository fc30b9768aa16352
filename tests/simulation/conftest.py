"""Turns off logging for the simulation, because thousands of lines would cost more than the run itself."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Turn off the app's logging."""
    logger = logging.getLogger("activities")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(level)
