"""A stand-in for Microsoft Graph's learning API, the Entra directory and the managed identity endpoint."""

from tools.local.simulator.activities import Activity
from tools.local.simulator.client import SimulatorClient
from tools.local.simulator.config import PUBLISHED_QUOTA, Config, Content, Quota, User
from tools.local.simulator.faults import Fault
from tools.local.simulator.journal import RecordedRequest
from tools.local.simulator.server import Simulator

__all__ = [
    "PUBLISHED_QUOTA",
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
