"""What makes up a breakage."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tools.develop.breakages.scene import Scene

DONE = "nothing: Graph has what the events ask for"


@dataclass(frozen=True, slots=True)
class Line:
    """A command, and words that it has to print."""

    command: str
    says: str


@dataclass(frozen=True, slots=True)
class Breakage:
    """Something that breaks.

    Attributes:
        title: what has happened.
        damage: makes it happen.
        found: the one command that finds it.
        repair: what somebody has to do about it, outside of `lms-sync`.
        mend: does what `repair` says.
        after: the commands to run after that. The last one shows that all is well.
    """

    title: str
    damage: Callable[[Scene], Awaitable[None]]
    found: Line
    repair: str
    mend: Callable[[Scene], Awaitable[None]]
    after: tuple[Line, ...]


def settled(enrolment: str) -> Line:
    """Return the command which shows that an activity is as it should be."""
    return Line(f"activity {enrolment} --stored", DONE)


def redriven(reason: str) -> Line:
    """Return the command that redrives the only dead letter with this reason."""
    return Line(f"dead-letters redrive --reason {reason}", f"1  {reason}")


async def nothing(_: Scene) -> None:
    """Do nothing: there's nothing to do outside of `lms-sync`."""
