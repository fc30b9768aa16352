"""Puts the parts together, once per process and on its event loop."""

import time
from collections.abc import Callable

from activities import telemetry
from activities.domain.retry_policy import RetryPolicy
from activities.domain.times import Times
from activities.graph.client import Graph
from activities.handler import Handler
from activities.intake.formats import FormatError, Formats, load_formats
from activities.settings import Settings
from activities.storage import queue_depths
from activities.storage.account import StorageAccount
from activities.storage.delivery import Delivery
from activities.storage.ledger import Ledger
from activities.storage.people import People
from activities.sync.reconcile import Reconciler
from activities.sync.references import References

_HOUR = 3600.0


class Service:
    """The product, made of its parts. Construct it inside the event loop that will use it.

    `clock` gives seconds since 1970. It times leases and retries.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.storage = storage = StorageAccount(settings)
        self.graph = Graph(settings)
        events, retries, dead_letters = (
            storage.queue(name) for name in (settings.events_queue, settings.retry_queue, settings.dead_letter_queue)
        )
        poison = [storage.queue(f"{name}-poison") for name in (settings.events_queue, settings.retry_queue)]
        self._queues = [events, retries, *poison, dead_letters]
        self.delivery = Delivery(
            events=events,
            retries=retries,
            dead_letters=dead_letters,
            bodies=storage.container(settings.dead_letter_container),
        )
        self.ledger = Ledger(storage.table(settings.activities_table))
        self.references = References(self.graph, People(storage.table(settings.people_table)))
        self.reconciler = Reconciler(self.ledger, self.graph, self.references, self.delivery, _policy(settings), clock)
        self.handler = Handler(self.reconciler, self.delivery, _formats(settings), hold_seconds=settings.hold_seconds)
        telemetry.set_levels()

    async def publish_queue_depths(self) -> None:
        """Publish how full each queue is."""
        await queue_depths.publish(self._queues)

    async def close(self) -> None:
        """Close all connections."""
        await self.graph.close()
        await self.storage.close()


def _policy(settings: Settings) -> RetryPolicy:
    times = Times(
        deadline=settings.graph_deadline, lease=settings.lease, margin=settings.clock_margin, settle=settings.settle
    )
    return RetryPolicy(
        times,
        hold=settings.hold_seconds,
        patience=settings.retry_max_age_hours * _HOUR,
        content_patience=settings.content_max_age_hours * _HOUR,
    )


def _formats(settings: Settings) -> Formats | FormatError:
    """Return the formats, or what is wrong with them: messages are then held, instead of failing one by one."""
    try:
        return load_formats(settings.formats_folder, settings.sources)
    except FormatError as error:
        return error
