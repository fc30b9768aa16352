"""A running stack whose parts can be broken and mended, and an operator who works at a terminal."""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from activities.domain.sync_state import SETTLED
from activities.storage.keys import keys
from activities.storage.ledger import Ledger
from tools.develop.breakages.terminal import Shown, lms_sync
from tools.develop.demo.tenant import LEARNER
from tools.develop.stack import APP_ROOT, INHERITED, Stack
from tools.operate.account import Account

_SECONDS = 90.0
_PAUSE = 0.5
# Each command takes most of a second just to load.
_PAUSE_OF_COMMANDS = 2.0
_COURSE = {"learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002"}


def event(enrolment: str, **parts: object) -> str:
    """Return an event that assigns a course. `parts` override its properties."""
    return json.dumps(
        {
            "specVersion": "1.0",
            "eventId": f"of {enrolment}",
            "eventType": "course.assigned",
            "occurredAt": "2026-01-15T09:00:00+00:00",
            "enrollmentId": enrolment,
            "learner": {"entraObjectId": LEARNER},
            "course": _COURSE,
            "assignment": {"type": "required"},
            **parts,
        }
    )


@dataclass(slots=True)
class Scene:
    """What a breakage can use.

    Attributes:
        stack: the running stack.
        account: the stack's storage, to publish to and to break.
        folder: the folder in which the operator works.
        environment: the environment of the operator's commands.
    """

    stack: Stack
    account: Account
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        storage = {"AzureWebJobsStorage": self.stack.connection_string, "PYTHONPATH": str(APP_ROOT)}
        senders = {name: text for name, text in self.stack.environment.items() if name.startswith("WEBHOOK")}
        self.environment |= inherited | storage | senders

    async def publish(self, *messages: str, queue: str = "") -> None:
        """Put messages on the inbound queue, or on another one, as the LMS or the host does."""
        to = self.account.queue(queue) if queue else self.account.events
        for message in messages:
            await to.send_message(message, time_to_live=-1)

    def write(self, name: str, text: str) -> None:
        """Write a file to the operator's folder."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def graph(self, **changes: Any) -> None:  # noqa: ANN401  (each field of Config has its own type)
        """Change the simulated tenant."""
        self.stack.simulator.configure(**changes)

    async def settled(self, enrolment: str) -> None:
        """Wait until Graph has acknowledged what the activity should be."""
        ledger = Ledger(self.account.activities)
        async with asyncio.timeout(_SECONDS):
            while True:
                stored = await ledger.load(enrolment)
                if stored.etag is not None and stored.record.sync.state == SETTLED:
                    return
                await asyncio.sleep(_PAUSE)

    async def delete_row(self, enrolment: str) -> None:
        """Delete an enrolment's row from the ledger."""
        await self.account.activities.delete_entity(*keys(enrolment))

    async def run(self, arguments: Sequence[str], says: str) -> Shown:
        """Run a command, repeatedly if need be, until it prints what's expected, for up to 90 s."""
        until = time.monotonic() + _SECONDS
        while True:
            shown = await lms_sync(arguments, self.environment, self.folder)
            if shown.says(says) or time.monotonic() > until:
                return shown
            await asyncio.sleep(_PAUSE_OF_COMMANDS)

    def doubled(self) -> list[str]:
        """Return the enrolments that have more than one activity in Graph."""
        return [enrolment for enrolment, count in self._activities().items() if count > 1]

    def _activities(self) -> Counter[str]:
        return Counter(str(activity.external_id) for activity in self.stack.simulator.activities)
