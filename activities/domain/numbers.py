"""Reads the numbers that publishers write, as numbers or as text. Pure."""

import re
from decimal import Decimal

_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?", re.ASCII)
_ALL = 100


def read_number(value: object) -> Decimal | None:
    """Return a number, or the number that a text contains. Return None for anything else, infinity included."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if isinstance(value, str) and not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if number.is_finite() else None


def read_percentage(value: object, of: object = _ALL) -> int:
    """Return `value` as a whole percentage of `of`. It's rounded down, so nothing less than all of it is 100.

    More than all of it is 100 too, because lessons may be removed from a course after a learner has completed them.

    Raises:
        ValueError: one of them isn't a number or is below zero, or `of` is zero. The message doesn't quote them.
    """
    part, whole = read_number(value), read_number(of)
    if part is None or whole is None:
        raise ValueError("not a number")
    if part < 0 or whole <= 0:
        raise ValueError("below zero, or a share of zero")
    return min(int(part * _ALL / whole), _ALL)
