"""Dead letters to work on."""

import pytest
from azure.storage.blob.aio import ContainerClient

from activities.service import Service
from activities.settings import Settings
from tests.tools.operate.dead_letters.events import LEARNER, MALFORMED, assigned, body
from tools.develop.simulator import Simulator
from tools.operate.account import Account


@pytest.fixture
async def letters(service: Service, simulator: Simulator) -> None:
    """Three dead letters with three different reasons."""
    simulator.configure(unlicensed_learners={LEARNER})
    await service.handler.event(MALFORMED)
    await service.handler.event(body(assigned()))
    await service.handler.event(body(assigned("e-2", occurredAt="yesterday")))


@pytest.fixture
def container(account: Account, settings: Settings) -> ContainerClient:
    """This test's container of dead letters."""
    return account.container(settings.dead_letter_container)
