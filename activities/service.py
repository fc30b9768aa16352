"""Puts the parts together, once per process and on its event loop."""

import time
from collections.abc import Callable

from activities import telemetry
from activities.graph.client import Graph
from activities.handler import Handler
from activities.intake.formats import FormatError, Formats, load_formats
from activities.settings import Settings
from activities.storage import queue_depths as depths
from activities.storage.account import Storage
from activities.storage.delivery import Delivery
from activities.storage.ledger import Ledger
from activities.sync.reconcile import Sync
from activities.sync.references import Directory


class Service:
    """The product, made of its parts. Construct it inside the event loop that will use it.

    `clock` gives seconds since 1970, and is the one that leases and retries are timed by.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.storage = Storage(settings)
        self.graph = Graph(settings)
        self.directory = Directory(self.graph, self.storage.table(settings.people_table))
        self.delivery = Delivery(
            events=self.storage.queue(settings.events_queue),
            retries=self.storage.queue(settings.retry_queue),
            dead_letters=self.storage.queue(settings.dead_letter_queue),
            bodies=self.storage.container(settings.dead_letter_container),
        )
        self.ledger = Ledger(self.storage.table(settings.activities_table))
        self.sync = Sync(
            settings=settings,
            ledger=self.ledger,
            graph=self.graph,
            directory=self.directory,
            delivery=self.delivery,
            clock=clock,
        )
        self.handler = Handler(self.sync, self.delivery, _formats(settings))
        telemetry.set_levels()

    async def publish_queue_depths(self) -> None:
        """Publish how full each queue is."""
        names = (self.settings.events_queue, self.settings.retry_queue)
        poison = [f"{name}-poison" for name in names]
        await depths.publish([self.storage.queue(n) for n in (*names, *poison, self.settings.dead_letter_queue)])

    async def close(self) -> None:
        """End all connections."""
        await self.graph.close()
        await self.storage.close()


def _formats(settings: Settings) -> Formats | FormatError:
    """The formats, or what is wrong with their declarations: then messages are held instead of failing one by one."""
    try:
        return load_formats(settings.formats_folder, settings.sources)
    except FormatError as error:
        return error
