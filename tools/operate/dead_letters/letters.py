"""Dead letters in their container, and what operators do with them.

Listing doesn't read the letters, and nothing here hides a letter from anybody else.
"""

import re
from dataclasses import dataclass

from activities.storage.delivery import Delivery
from activities.storage.letters import LetterFacts, Letters, NotALetter, opened
from tools.operate.dead_letters.selection import Selection
from tools.operate.screen import visible
from tools.operate.troubles import Trouble

# Far larger than any letter. A blob larger than this isn't read.
LARGEST = 16 * 1024 * 1024
_ALL = Selection()


class UnknownId(Trouble):
    """An id matches no letter, or several."""


class ChangedMeanwhile(Exception):
    """Replaced or deleted since it was listed: it has healed, failed again, or somebody else was faster."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The container of dead letters, and the queue that redriven ones go to."""

    letters: Letters
    delivery: Delivery

    async def find(self, selection: Selection = _ALL) -> list[LetterFacts]:
        """Return the selected letters, oldest first.

        Raises:
            UnknownId: an id in the selection matches no letter, or several.
        """
        if selection.ids:
            named = [await self._named(beginning) for beginning in selection.ids]
            found = [letter for letter in dict.fromkeys(named) if letter in selection]
        else:
            found = [letter async for letter in self.letters.list() if letter in selection]
        return sorted(found, key=lambda letter: letter.last_seen)

    async def text(self, letter: LetterFacts) -> bytes:
        """Return the content of a letter's blob.

        Raises:
            NotALetter: the blob is too large for a letter.
            ChangedMeanwhile: it was replaced or deleted.
        """
        if letter.size > LARGEST:
            raise NotALetter
        text = await self.letters.text(letter.id, letter.etag)
        if text is None:
            raise ChangedMeanwhile
        return text

    async def redrive(self, letter: LetterFacts) -> None:
        """Put a letter's message on the retry queue, then delete the letter.

        After a crash in between, both exist. The event is then handled twice, which changes nothing.

        Raises:
            NotALetter: the app didn't write the blob.
            NewerVersion: a later version of the app wrote it.
            ChangedMeanwhile: it was replaced or deleted.
        """
        await self.delivery.redrive(opened(await self.text(letter)))
        # If it has been replaced, its record has failed again. The new letter stays.
        await self.letters.delete(letter.id, letter.etag)

    async def purge(self, letter: LetterFacts) -> None:
        """Delete a letter.

        Raises:
            ChangedMeanwhile: it was replaced or deleted.
        """
        if not await self.letters.delete(letter.id, letter.etag):
            raise ChangedMeanwhile

    async def _named(self, beginning: str) -> LetterFacts:
        """Return the letter whose id, as it's shown, begins with this."""
        plain = re.match(r"[\w./-]*", beginning, re.ASCII)
        listed = [letter async for letter in self.letters.list(plain[0] if plain else "")]
        found = [letter for letter in listed if visible(letter.id).startswith(beginning)]
        exact = [letter for letter in found if visible(letter.id) == beginning]
        if not found:
            raise UnknownId(f"no dead letter {beginning}")
        if len(found) > 1 and len(exact) != 1:
            raise UnknownId(f"{len(found)} dead letters begin with {beginning}: give more of the id")
        return (exact or found)[0]
