"""Break twelve things, find each with one command, and repair it: `python -m tools.develop.breakages [number ...]`."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from azure.core.exceptions import AzureError
from rich.text import Text

from tools.develop.azurite import AzuriteError
from tools.develop.breakages.breakage import Breakage, Line
from tools.develop.breakages.cases import breakages
from tools.develop.breakages.pictures import take
from tools.develop.breakages.scene import Scene
from tools.develop.breakages.terminal import COLUMNS, prompt
from tools.develop.demo.tenant import tenant
from tools.develop.host.options import SCHEDULE
from tools.develop.host.process import HostError
from tools.develop.senders import webhook_settings
from tools.develop.stack import Stack
from tools.operate import screen
from tools.operate.account import Account

# Shorter than in production, so waiting doesn't take long.
SETTINGS = {
    "HOLD_SECONDS": "5",
    "SETTLE_SECONDS": "1",
    "CLOCK_MARGIN_SECONDS": "0.5",
    # Heartbeats come more often than once a minute.
    SCHEDULE: "*/3 * * * * *",
    # One of the breakages loses the ledger.
    "LEDGER_REBUILD": "true",
}
END = (
    Line("dead-letters list", "0  in total"),
    Line("doctor", "nothing to put right"),
)


async def run(chosen: Sequence[Breakage], images: Path | None = None) -> int:
    """Start the stack, go through the breakages, and print a transcript. Return 0 if each was found and repaired."""
    settings = SETTINGS | webhook_settings()
    with tempfile.TemporaryDirectory(prefix="operator-") as folder:
        async with (
            Stack(simulator=tenant(), settings=settings, embedded_only=True) as stack,
            Account(connection_string=stack.connection_string) as account,
        ):
            scene = Scene(stack, account, Path(folder))
            wrong = [one.title for number, one in enumerate(chosen, 1) if not await _through(scene, one, number)]
            _say("The end: nothing is left over", "bold underline")
            ended = [await _line(scene, line) for line in END]
            doubled = scene.doubled()
            if wrong or doubled or not all(ended):
                _say(f"NOT AS EXPECTED: {', '.join(wrong) or 'the end'}; doubled activities: {len(doubled)}", "red")
                return 1
            _say(f"{len(chosen)} breakages found and repaired; no activity was doubled.", "bold green")
            if images is not None:
                await take(scene, images)
    return 0


async def _through(scene: Scene, breakage: Breakage, number: int) -> bool:
    """Break, find and repair one thing. Tell whether everything went as expected."""
    _say(f"{number}. {breakage.title}", "bold underline")
    await breakage.damage(scene)
    results = [await _line(scene, breakage.found)]
    _say(f"Repair: {breakage.repair}\n", "green")
    await breakage.mend(scene)
    results += [await _line(scene, line) for line in breakage.after]
    return all(results)


async def _line(scene: Scene, line: Line) -> bool:
    """Run a command, and show it with its output. Tell whether the output is as expected."""
    command = line.command.split()
    prompt(command, console=screen.out)
    shown = await scene.run([scene.environment["URL"] if word == "$URL" else word for word in command], line.says)
    screen.out.print(shown.text, soft_wrap=True)
    found = shown.says(line.says)
    _say("" if found else f"NOT AS EXPECTED: {line.says}\n", "red")
    return found


def _say(text: str, style: str) -> None:
    screen.out.print(Text(text, style=style), width=None if screen.out.is_terminal else COLUMNS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.develop.breakages", description=__doc__)
    every = breakages()
    numbers = range(1, len(every) + 1)
    parser.add_argument("numbers", nargs="*", type=int, choices=numbers, metavar="number", help="default: all of them")
    parser.add_argument("--images", type=Path, metavar="FOLDER", help="write pictures of four commands to this folder")
    options = parser.parse_args(arguments)
    try:
        chosen = [every[number - 1] for number in options.numbers or numbers]
        return asyncio.run(run(chosen, options.images))
    except (AzuriteError, HostError, AzureError) as error:
        screen.err.print(str(error), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
