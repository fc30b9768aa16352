"""Has an operator forget enrolments while everything goes wrong, and checks what's left of them."""

import json
from functools import partial
from random import Random

from activities.domain.record import FORGOTTEN
from tests.simulation.operators import Operator
from tests.simulation.story import Enrolment, text_of
from tests.simulation.world import World

_SHARE = 0.15
_CONTROLS = ("forget", "forget-activity")


class Forgetting:
    """Has some enrolments of a run forgotten, some of them several times.

    Enrolments whose learner is in doubt are left out, because nothing says afterwards who was meant first.
    """

    def __init__(self, world: World, operator: Operator, enrolments: list[Enrolment], seed: int) -> None:
        # It has its own random numbers, so that the rest of the run stays as it was.
        self._random = random = Random(f"forgetting of {seed}")  # noqa: S311  a seed gives the same run
        self._world = world
        self._operator = operator
        self._chosen = [one for one in enrolments if not one.is_in_doubt] if random.random() < _SHARE else []
        for one in self._chosen:
            one.forgotten_by = random.choice(_CONTROLS)

    def begins(self) -> None:
        """Send the control messages, at any time in the run."""
        for one in self._chosen:
            for _ in range(self._random.choice((1, 1, 2))):
                longest = self._random.choice((1.0, 60.0, 600.0, 20000.0))
                self._world.later(longest * self._random.random(), partial(self._forget, one))

    def ask_again(self) -> None:
        """Have all of them forgotten for good, once everything has been put right."""
        for one in self._chosen:
            self._forget(one)

    def send_again(self) -> None:
        """Send all events again, as an LMS does to repair something."""
        for one in self._chosen:
            for event in one.events:
                if event.id in one.published_ids:
                    self._world.queues["events"].put(text_of([event]))

    def check(self) -> dict[str, str]:
        """Check that nothing is left that names them. Return what's left, by enrolment. It must not change any more."""
        return {one.id: self._left_of(one) for one in self._chosen if self._row(one) is not None}

    def _forget(self, one: Enrolment) -> None:
        if self._world.watch.record(one) is not None and one.forgotten_by is not None:
            self._operator.control(one.forgotten_by, one)

    def _left_of(self, one: Enrolment) -> str:
        world, row = self._world, self._row(one) or {}
        text = json.dumps(row, default=str)
        activities = [activity.id for activity in world.tenant.live if activity.external_id == one.external_id]
        letters = [blob.content.decode() for blob in world.letters.blobs.values()]
        bodies = [blob.content.decode() for blob in world.bodies.blobs.values()]
        left = [row["left_id"]] if "left_id" in row else []
        if row["state"] != FORGOTTEN:
            world.fail(f"{one.id} is not forgotten: {text}")
        if any(name in text for name in (one.person.id, f'"{one.id}"', f"{one.label}/")):
            world.fail(f"{one.id} is forgotten, but its row says whose it is: {text}")
        if any(f"{one.label}/" in text for text in (*letters, *bodies)):
            world.fail(f"{one.id} is forgotten, but a letter or a body has one of its events")
        if activities != left or (activities and one.forgotten_by == "forget-activity"):
            world.fail(f"{one.id} is forgotten, but its row has {left}, and Graph has {activities}")
        return f"{text} {activities}"

    def _row(self, one: Enrolment) -> dict[str, object] | None:
        key = self._world.watch.key_of(one)
        found = self._world.table.rows.get((key[:2], key))
        return None if found is None else found[1]
