"""Breakages of the machine that the app runs on."""

from pathlib import Path

from tools.develop.breakages.breakage import Breakage, Line, settled
from tools.develop.breakages.scene import Scene, event

_AHEAD = 600
_LIBRARIES = Path("/usr/lib")


def of_the_machine() -> list[Breakage]:
    """Return the breakage of the machine's clock. It needs libfaketime, which changes a process's clock."""
    library = next(_LIBRARIES.glob("**/libfaketimeMT.so.1"), None)
    if library is None:
        return []

    async def advance(scene: Scene) -> None:
        await scene.stack.restart(LD_PRELOAD=str(library), FAKETIME=f"+{_AHEAD}")
        await scene.publish(event("e-ahead"))

    async def synchronise(scene: Scene) -> None:
        await scene.stack.restart()

    return [
        Breakage(
            "The clock of the app's machine is wrong",
            advance,
            Line("doctor", f"NOT clock of the app: +{_AHEAD} s"),
            "Restart the app, so it gets another machine, or synchronise the clock. Events go through all the while.",
            synchronise,
            (Line("doctor", "ok clock of the app"), settled("e-ahead")),
        )
    ]
