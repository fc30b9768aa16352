"""Dead letters to work on."""

import pytest

from activities.service import Service
from tests.tools.operate.deadletters.events import LEARNER, MALFORMED, assigned, body
from tools.develop.simulator import Simulator


@pytest.fixture
async def letters(service: Service, simulator: Simulator) -> None:
    """Three dead letters with three different reasons."""
    simulator.configure(unlicensed_learners={LEARNER})
    await service.handler.event(MALFORMED)
    await service.handler.event(body(assigned()))
    await service.handler.event(body(assigned("e-2", progress={"percentage": 120})))
