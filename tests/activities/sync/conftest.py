"""A tenant with three people and two courses."""

import pytest

from tests.activities.sync.tenant import ANN, BOB, COURSE, EVE, OTHER_COURSE
from tools.develop.simulator import Simulator


@pytest.fixture
def simulator(simulator: Simulator) -> Simulator:
    """Simulate Graph with these people and courses."""
    simulator.config.users = (ANN, BOB, EVE)
    simulator.config.contents = (COURSE, OTHER_COURSE)
    return simulator
