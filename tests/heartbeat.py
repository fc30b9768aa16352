"""One heartbeat, as the timer writes it."""

from activities.pulse import Pulse
from activities.settings import Settings


async def beat(settings: Settings) -> None:
    """Write a heartbeat."""
    pulse = Pulse(settings)
    try:
        await pulse.beat()
    finally:
        await pulse.close()
