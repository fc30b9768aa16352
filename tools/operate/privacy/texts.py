"""Decides whether a text from an LMS is about a learner."""

import base64
import re
from collections.abc import Iterable
from enum import Enum

from activities.domain.record import row_key
from activities.domain.terms import Reference
from activities.intake.formats import Formats
from activities.intake.parse import Batch, Understood, parse

# A shorter name might occur in any text. The id of an LMS account only counts where a format reads it as one.
_SHORTEST = 5


class About(Enum):
    """Whether a text is about a learner."""

    NOBODY = "not about the learner"
    LEARNER = "about the learner"
    OTHERS_TOO = "about others too"


class Reader:
    """Reads texts with the app's formats.

    Args:
        formats: the formats and sources that the app knows.
        names: the names of the learner.
        records: the row keys of the learner's records.
    """

    def __init__(self, formats: Formats, names: Iterable[Reference], records: Iterable[str]) -> None:
        self._formats = formats
        self._names = frozenset(names)
        self._records = frozenset(records)
        plain = {name.value for name in self._names if name.kind != "lmsAccount" and len(name.value) >= _SHORTEST}
        words = "|".join(re.escape(word) for word in sorted(plain))
        self._word = re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])", re.IGNORECASE) if words else None

    def about(self, text: bytes) -> About:
        """Return whether a text is about the learner, and whether it's about others too."""
        result = parse(text, self._formats)
        if isinstance(result, Batch):
            found = {self.about(item.encode()) for item in result.items}
            return About.NOBODY if found == {About.NOBODY} else About.OTHERS_TOO
        if not isinstance(result, Understood):
            return About.LEARNER if self._mentioned(text) else About.NOBODY
        learner = result.event.learner
        named = learner is not None and learner.reference in self._names
        if named or row_key(result.event.enrollment_id) in self._records:
            return About.LEARNER
        return About.OTHERS_TOO if self._mentioned(text) else About.NOBODY

    def _mentioned(self, text: bytes) -> bool:
        if self._word is None:
            return False
        try:
            decoded = base64.b64decode(text, validate=True)
        except ValueError:
            decoded = b""
        return any(self._word.search(one.decode(errors="replace")) for one in (text, decoded))
