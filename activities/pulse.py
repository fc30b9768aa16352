"""Puts the parts of the heartbeat together, once per process and on its event loop.

Its process starts often, because nothing else keeps it alive. So this module loads neither Graph's library nor the
formats.
"""

from activities import BUILD, __version__, telemetry
from activities.graph.credential import Credential
from activities.settings import Settings
from activities.storage.account import StorageAccount
from activities.storage.heartbeat import Heartbeat
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters
from activities.storage.retention import Retention
from activities.storage.shared import SharedState


class Pulse:
    """The heartbeat, with its storage and its identity. Construct it inside the event loop that will use it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._credential = Credential(settings.client_id, settings.graph_deadline)
        self._storage = storage = StorageAccount(settings)
        names = (settings.events_queue, settings.retry_queue)
        activities = storage.table(settings.activities_table)
        ledger, letters = Ledger(activities), Letters(storage.container(settings.dead_letter_container))
        days = settings.retention_days
        self._heartbeat = Heartbeat(
            # The poison queues too: they hold the messages that the host gave up on.
            [storage.queue(name) for name in (*names, *(f"{name}-poison" for name in names))],
            ledger,
            letters,
            SharedState(activities),
            None if days is None else Retention(ledger, letters, days),
        )
        telemetry.set_levels()

    async def beat(self) -> None:
        """Publish the depth of the queues, and write down for operators what the app knows about itself."""
        roles = await self._credential.roles()
        await self._heartbeat.beat(
            {
                "version": __version__,
                "build": BUILD,
                "provider_id": self._settings.learning_provider_id,
                "sync_mode": self._settings.sync_mode,
                "pilot_learners": len(self._settings.pilot_learners or ()),
                "has_token": roles is not None,
                "roles": {"roles": roles or []},
            }
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._credential.close()
        await self._storage.close()
