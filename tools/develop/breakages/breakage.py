"""What a breakage is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tools.develop.breakages.scene import Scene

DONE = "nothing: Graph has what the events ask for"


@dataclass(frozen=True, slots=True)
class Line:
    """A command, and words that it has to say."""

    command: str
    says: str


@dataclass(frozen=True, slots=True)
class Breakage:
    """Something that breaks.

    Attributes:
        title: what has happened.
        damage: does it.
        found: the one command that finds it.
        repair: what somebody does about it, outside `lms-sync`.
        mend: does that.
        after: the commands after it; the last one shows that all is well.
    """

    title: str
    damage: Callable[[Scene], Awaitable[None]]
    found: Line
    repair: str
    mend: Callable[[Scene], Awaitable[None]]
    after: tuple[Line, ...]


def settled(enrolment: str) -> Line:
    """Return the command that shows that an activity is as it should be."""
    return Line(f"activity {enrolment} --stored", DONE)


def redriven(reason: str) -> Line:
    """Return the command that redrives the one dead letter with this reason."""
    return Line(f"dead-letters redrive --reason {reason}", f"1  {reason}")


async def nothing(_: Scene) -> None:
    """Nobody has to do anything outside."""
