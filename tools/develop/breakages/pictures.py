"""Pictures of what commands print, for the documentation. They're SVG files that load nothing from the network."""

import io
import re
from pathlib import Path

from rich.console import Console

from tools.develop.breakages.breakage import Line
from tools.develop.breakages.scene import Scene, event
from tools.develop.breakages.terminal import COLUMNS, Shown, prompt
from tools.develop.demo.tenant import UNLICENSED
from tools.develop.simulator import Quota

# The fonts would be loaded from the network. Any monospaced font will do, because the SVG gives each text's length.
_FONTS = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_PICTURES = {
    "dead-letters": Line("dead-letters list", "learner_not_found"),
    "activity": Line("activity e-nice", "did not differ"),
    "doctor": Line("doctor", "learner_not_found"),
    "status": Line("status", "Graph: throttled"),
}


async def take(scene: Scene, folder: Path) -> None:
    """Make several things go wrong at once, and write a picture of each command.

    Raises:
        RuntimeError: a command doesn't print what it should.
    """
    scene.graph(unlicensed_learners={UNLICENSED})
    await scene.publish(event("e-nice", progress={"percentage": 40}))
    await scene.settled("e-nice")
    await scene.publish("<completed/>", event("e-invalid", occurredAt="soon"))
    await scene.publish(*(event(f"e-lee-{number}", learner={"entraObjectId": UNLICENSED}) for number in (1, 2)))
    await scene.publish(event("e-nobody", learner={"email": "nobody@contoso.example"}))
    await scene.publish(event("e-later", course={"externalId": "DP-1000"}))
    for name, line in _PICTURES.items():
        if name == "status":
            scene.graph(quota=(Quota(requests=1, seconds=60),))
            await scene.publish(event("e-busy-1"), event("e-busy-2"))
        shown = await scene.run(line.command.split(), line.says)
        if not shown.says(line.says):
            raise RuntimeError(f"lms-sync {line.command} doesn't print {line.says}")
        (folder / f"{name}.svg").write_text(_picture(line.command, shown), encoding="utf-8")


def _picture(command: str, shown: Shown) -> str:
    """Return a picture of a terminal with a command and its output."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    prompt(command.split(), console=console)
    console.print(shown.text)
    return svg(console, f"lms-sync {command}")


def svg(console: Console, title: str) -> str:
    """Return a picture of what a console recorded."""
    text = console.export_svg(title=title, unique_id="-".join(title.split()[:2]))
    return _FONTS.sub("", text).replace("Fira Code", "Consolas")
