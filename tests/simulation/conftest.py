"""Runs of the simulation log nothing: thousands of lines would cost more than the run."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Let the app log nothing."""
    logger = logging.getLogger("activities")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    yield
    logger.setLevel(level)
