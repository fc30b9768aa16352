"""Whose activities the app writes, according to its heartbeat."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """The setting `SYNC_MODE`, and how many names the pilot group has (`PILOT_LEARNERS`)."""

    name: str
    pilot: int = 0

    @classmethod
    def told_by(cls, heartbeat: Mapping[str, object] | None) -> "Mode | None":
        """Return the mode, or None if the heartbeat doesn't say."""
        name, pilot = (heartbeat or {}).get("sync_mode"), (heartbeat or {}).get("pilot_learners")
        return Mode(name, pilot if isinstance(pilot, int) else 0) if isinstance(name, str) else None

    @property
    def is_live(self) -> bool:
        """Whether everybody's activities are written. If there's a pilot group, everybody else is in shadow."""
        return self.name == "live" and not self.pilot

    def __str__(self) -> str:
        if self.pilot:
            return f"in shadow, except for a pilot group of {self.pilot}"
        return "live" if self.is_live else "in shadow: nothing is written to Graph"
