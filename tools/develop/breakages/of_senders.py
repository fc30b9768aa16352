"""Breakages at the LMS."""

import secrets
from datetime import UTC, datetime, timedelta

from activities.webhooks.senders import secret_names
from tools.develop.breakages.breakage import Breakage, Line, nothing, settled
from tools.develop.breakages.scene import Scene, event
from tools.develop.senders import LMS


def at_the_lms() -> list[Breakage]:
    """Return the breakages that the LMS causes."""

    async def not_an_event(scene: Scene) -> None:
        await scene.publish("<completed course='DP-101'/>")

    async def from_tomorrow(scene: Scene) -> None:
        await scene.publish(event("e-clock", occurredAt=(datetime.now(UTC) + timedelta(days=2)).isoformat()))

    async def set_clock(scene: Scene) -> None:
        scene.write("e-clock.json", event("e-clock"))

    secret, right = secret_names(LMS)[0], {}

    async def wrong_secret(scene: Scene) -> None:
        right[secret] = scene.environment[secret]
        scene.write("e-webhook.json", event("e-webhook"))
        scene.environment[secret] = secrets.token_hex(24)
        scene.environment["URL"] = str(scene.stack.url)

    async def right_secret(scene: Scene) -> None:
        scene.environment |= right

    send = f"webhook send --sender {LMS} --url $URL e-webhook.json"
    return [
        Breakage(
            "A publisher sends something that isn't an event",
            not_an_event,
            Line("dead-letters list", "malformed"),
            "Correct the publisher.",
            nothing,
            (Line("dead-letters purge --reason malformed --yes", "1  malformed"), Line("dead-letters list", "0  in")),
        ),
        Breakage(
            "The LMS's clock is wrong",
            from_tomorrow,
            Line("dead-letters list", "occurredAt"),
            "Set the clock, and have the LMS send the event again.",
            set_clock,
            (
                Line("publish e-clock.json", "1"),
                Line("dead-letters purge --reason invalid_event --yes", "1  invalid_event"),
                settled("e-clock"),
            ),
        ),
        Breakage(
            "The LMS and the app have different webhook secrets",
            wrong_secret,
            Line(send, "401"),
            "Set the same secret on both sides.",
            right_secret,
            (Line(send, "200"), settled(f"{LMS}:e-webhook")),
        ),
    ]
