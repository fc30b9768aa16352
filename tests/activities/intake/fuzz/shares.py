"""Shares of damaged or generated bodies. A share's name determines its bodies, so each can be run again by itself."""

import json
import random
import traceback
from collections.abc import Callable
from typing import Any

from tests.activities.intake.fuzz.checking import Found, check
from tests.activities.intake.fuzz.damaged import damaged
from tests.activities.intake.fuzz.generated import generated

# The number of bodies in a share.
SHARE = 1_000
_MOST_SHOWN = 2_000


def _damaged_body(chance: random.Random) -> tuple[bytes, Any]:
    document = damaged(chance)
    return json.dumps(document).encode(), document


KINDS: dict[str, Callable[[random.Random], tuple[bytes, Any]]] = {"damaged": _damaged_body, "generated": generated}


class BodyError(AssertionError):
    """A body has no result, or one that it must not have. The message contains the body."""


def run_share(name: str, bodies: int) -> Found:
    """Check this many bodies of the share with this name, such as `damaged-17`.

    Raises:
        BodyError: a body failed a check.
    """
    chance = random.Random(name)  # noqa: S311  # reproducible, not secret
    make, found = KINDS[name.partition("-")[0]], Found()
    for number in range(bodies):
        body, document = make(chance)
        try:
            check(body, document, found)
        except Exception as error:
            where = traceback.format_exception(error)[-4:]
            raise BodyError(f"{name}, body {number}: {body[:_MOST_SHOWN]!r}\n{''.join(where)}") from error
    return found


def outcome(name: str) -> tuple[Found, str]:
    """Check a whole share. Return what became of it, and what's wrong."""
    try:
        found = run_share(name, SHARE)
    except BodyError as error:
        return Found(), str(error)
    found.learners.clear()
    return found, ""
