"""Writes dead letters with their original messages to a file."""

import json
from collections.abc import Sequence

from activities.domain.errors import NewerVersion
from activities.storage.letters import LetterFacts, NotALetter
from tools.operate import screen
from tools.operate.dead_letters import show
from tools.operate.dead_letters.letters import ChangedMeanwhile, DeadLetters
from tools.operate.files import private
from tools.operate.troubles import Exit


async def export(letters: DeadLetters, found: Sequence[LetterFacts], file: str) -> int:
    """Write these letters, and return the exit code. Letters that can't be read are reported and left out."""
    left_out = 0
    with private(file) as out, screen.progress() as progress:
        for letter in progress.track(found, description="exported"):
            try:
                out.write(json.dumps(show.everything(letter, await letters.text(letter))) + "\n")
            except (NotALetter, NewerVersion, ChangedMeanwhile) as why:
                left_out += 1
                said = show.NEWER if isinstance(why, NewerVersion) else why.__doc__
                screen.error(f"{letter.id}: left out: {said}")
    screen.note(f"exported: {len(found) - left_out}, left out: {left_out}")
    return Exit.FINDINGS if left_out else Exit.GOOD
