"""Breakages in storage."""

from tools.develop.azurite import create_storage
from tools.develop.breakages.breakage import Breakage, Line, nothing, redriven, settled
from tools.develop.breakages.scene import Scene, event


def in_storage() -> list[Breakage]:
    """Return the breakages in which storage loses something, or the host gives up on it."""

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
            "The ledger's table is gone",
            drop,
            Line("doctor", "NOT table activities: is missing"),
            "Deploy again, which creates the table, with LEDGER_REBUILD. Have the LMS send its events again.",
            deploy,
            (Line("publish e-before.json", "1"), settled("e-meanwhile")),
        ),
        Breakage(
            "A row was deleted from the ledger",
            lose,
            Line("activity e-lost", "there is no such record"),
            "Set LEDGER_REBUILD, and have the event sent again. The app then finds the activity in Graph.",
            nothing,
            (Line("publish e-lost.json", "1"), settled("e-lost")),
        ),
        Breakage(
            "The host gave up on a message, and moved it to the poison queue",
            give_up,
            Line("dead-letters list", "host_poison"),
            "Find out what failed, and correct it.",
            nothing,
            (redriven("host_poison"), settled("e-poison")),
        ),
    ]
