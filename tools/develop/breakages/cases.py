"""The twelve breakages: what breaks, the one command that finds it, and the repair."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from activities.webhooks.senders import secret_names
from tools.develop.azurite import create_storage
from tools.develop.breakages.scene import Scene, event
from tools.develop.demo.tenant import ALEX_NAME, UNLICENSED
from tools.develop.senders import LMS
from tools.develop.simulator import Content, Quota
from tools.develop.simulator.config import PERMISSIONS

DONE = "nothing: Graph has what the events ask for"


@dataclass(frozen=True, slots=True)
class Line:
    """A command, and words that it has to say."""

    command: str
    says: str


@dataclass(frozen=True, slots=True)
class Breakage:
    """Something that breaks.

    Attributes:
        title: what has happened.
        damage: does it.
        found: the one command that finds it.
        repair: what somebody does about it, outside `lms-sync`.
        mend: does that.
        after: the commands after it; the last one shows that all is well.
    """

    title: str
    damage: Callable[[Scene], Awaitable[None]]
    found: Line
    repair: str
    mend: Callable[[Scene], Awaitable[None]]
    after: tuple[Line, ...]


def breakages() -> list[Breakage]:
    """Return the breakages in order."""
    return [*_storage(), *_of_the_lms(), *_of_people_and_courses(), *_of_the_tenant()]


def _settled(enrolment: str) -> Line:
    return Line(f"activity {enrolment} --stored", DONE)


def _redriven(reason: str) -> Line:
    return Line(f"dead-letters redrive --reason {reason}", f"1  {reason}")


async def _nothing(_: Scene) -> None:
    """Nobody has to do anything outside."""


def _storage() -> list[Breakage]:
    async def drop(scene: Scene) -> None:
        scene.write("e-before.json", event("e-before"))
        await scene.publish(event("e-before"))
        await scene.settled("e-before")
        await scene.account.activities.delete_table()
        await scene.publish(event("e-meanwhile"))

    async def deploy(scene: Scene) -> None:
        await create_storage(scene.stack.connection_string, scene.stack.environment)

    async def lose(scene: Scene) -> None:
        scene.write("e-lost.json", event("e-lost"))
        await scene.publish(event("e-lost"))
        await scene.settled("e-lost")
        await scene.delete_row("e-lost")

    async def give_up(scene: Scene) -> None:
        await scene.publish(event("e-poison"), queue="lms-events-poison")

    return [
        Breakage(
            "The table of the ledger is gone",
            drop,
            Line("doctor", "NOT table activities: is missing"),
            "Deploy again, which creates the table. LEDGER_REBUILD is set, and the LMS sends its events again.",
            deploy,
            (Line("publish e-before.json", "1"), _settled("e-meanwhile")),
        ),
        Breakage(
            "A row of the ledger was deleted",
            lose,
            Line("activity e-lost", "there is no such record"),
            "LEDGER_REBUILD is set, and the event is sent again. The app finds the activity that Graph has.",
            _nothing,
            (Line("publish e-lost.json", "1"), _settled("e-lost")),
        ),
        Breakage(
            "The host gave up on a message, and moved it to the poison queue",
            give_up,
            Line("dead-letters list", "host_poison"),
            "Find what failed, and correct it.",
            _nothing,
            (_redriven("host_poison"), _settled("e-poison")),
        ),
    ]


def _of_the_lms() -> list[Breakage]:
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
            "A publisher sends what is no event",
            not_an_event,
            Line("dead-letters list", "malformed"),
            "Let the publisher send events.",
            _nothing,
            (Line("dead-letters purge --reason malformed --yes", "1  malformed"), Line("dead-letters list", "0  in")),
        ),
        Breakage(
            "The clock of the LMS is wrong",
            from_tomorrow,
            Line("dead-letters list", "occurredAt"),
            "Set the clock. The LMS sends the event again.",
            set_clock,
            (
                Line("publish e-clock.json", "1"),
                Line("dead-letters purge --reason invalid_event --yes", "1  invalid_event"),
                _settled("e-clock"),
            ),
        ),
        Breakage(
            "The LMS has another webhook secret than the app",
            wrong_secret,
            Line(send, "401"),
            "Set the secret on both sides.",
            right_secret,
            (Line(send, "200"), _settled(f"{LMS}:e-webhook")),
        ),
    ]


def _of_people_and_courses() -> list[Breakage]:
    async def unlicensed(scene: Scene) -> None:
        await scene.publish(event("e-licence", learner={"entraObjectId": UNLICENSED}))

    async def license_(scene: Scene) -> None:
        scene.graph(unlicensed_learners=set())

    async def unknown(scene: Scene) -> None:
        await scene.publish(event("e-unknown", learner={"lmsAccount": {"source": "lms", "id": "4711"}}))

    async def know(scene: Scene) -> None:
        scene.write("people.csv", f"source,id,userPrincipalName\nlms,4711,{ALEX_NAME}\n")

    async def uncatalogued(scene: Scene) -> None:
        await scene.publish(event("e-course", course={"externalId": "DP-999"}))

    async def catalogue(scene: Scene) -> None:
        new = Content(id="0d3c2b1a-9f8e-4d7c-8b6a-5f4e3d2c1b0a", external_id="DP-999", title="Data protection, again")
        scene.graph(contents=(*scene.stack.simulator.config.contents, new))

    return [
        Breakage(
            "A learner has no licence",
            unlicensed,
            Line("dead-letters list", "learner_unlicensed"),
            "Assign a licence for Viva Learning.",
            license_,
            (_redriven("learner_unlicensed"), _settled("e-licence")),
        ),
        Breakage(
            "Nobody knows who an account of the LMS is",
            unknown,
            Line("doctor", "NOT dead letters: 1 learner_not_found: correct the directory or the table of people"),
            "Ask the LMS's administrator whose account it is.",
            know,
            (
                Line("people import people.csv", "imported: 1"),
                _redriven("learner_not_found"),
                _settled("e-unknown"),
            ),
        ),
        Breakage(
            "A course is not in the catalogue",
            uncatalogued,
            Line("activity e-course", "the provider's catalogue does not have the course yet"),
            "Publish the course. Its event waits, and is tried again by itself, or at once if you ask for it.",
            catalogue,
            (Line("activity e-course check", DONE),),
        ),
    ]


def _of_the_tenant() -> list[Breakage]:
    async def switch_off(scene: Scene) -> None:
        scene.graph(sync_enabled=False)
        await scene.publish(*(event(f"e-provider-{number}") for number in range(1, 4)))

    async def switch_on(scene: Scene) -> None:
        scene.graph(sync_enabled=True)

    async def revoke(scene: Scene) -> None:
        scene.graph(permissions=PERMISSIONS - {"assignment"})
        await scene.publish(*(event(f"e-role-{number}") for number in range(1, 4)))

    async def grant(scene: Scene) -> None:
        scene.graph(permissions=PERMISSIONS)

    async def throttle(scene: Scene) -> None:
        scene.graph(quota=(Quota(requests=1, seconds=15),))
        await scene.publish(*(event(f"e-quota-{number}") for number in range(1, 4)))

    async def relax(scene: Scene) -> None:
        scene.graph(quota=())

    all_settled = Line("status", "records that are not settled: 0")
    return [
        Breakage(
            "The learning provider's sync is switched off",
            switch_off,
            Line("doctor", "NOT hold of read/assignment: get_by_external_id: 400"),
            "Switch it on (isCourseActivitySyncEnabled). The events wait, and go through by themselves.",
            switch_on,
            (all_settled,),
        ),
        Breakage(
            "A permission was taken away",
            revoke,
            Line("doctor", "NOT hold of create/assignment: create: 403"),
            "Let an administrator grant it. The events wait, and go through by themselves.",
            grant,
            (all_settled,),
        ),
        Breakage(
            "Graph's quota is used up",
            throttle,
            Line("status", "Graph: throttled"),
            "Wait: the app keeps the pace that Graph allows.",
            relax,
            (all_settled,),
        ),
    ]
