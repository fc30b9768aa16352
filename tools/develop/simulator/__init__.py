"""Simulates Microsoft Graph's learning API, the Entra directory and the managed identity endpoint."""

from tools.develop.simulator.activities import Activity
from tools.develop.simulator.client import SimulatorClient
from tools.develop.simulator.config import ASSUMED_QUOTA, Config, Content, Quota, User
from tools.develop.simulator.faults import Fault
from tools.develop.simulator.journal import RecordedRequest
from tools.develop.simulator.server import Simulator

__all__ = [
    "ASSUMED_QUOTA",
    "Activity",
    "Config",
    "Content",
    "Fault",
    "Quota",
    "RecordedRequest",
    "Simulator",
    "SimulatorClient",
    "User",
]
