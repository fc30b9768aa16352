"""Puts the parts together, once per process and on its event loop."""

from collections.abc import Callable

from activities import telemetry
from activities.domain.retry_policy import RetryPolicy
from activities.domain.shadow import shadow_of
from activities.domain.times import Times
from activities.graph.client import Graph
from activities.handler import Handler
from activities.intake.formats import FormatError, Formats, load_formats
from activities.settings import Settings
from activities.storage.account import StorageAccount
from activities.storage.clock import StorageClock
from activities.storage.delivery import Delivery
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters
from activities.storage.people import People
from activities.storage.shared import SharedState
from activities.sync.reconcile import Parts, Reconciler
from activities.sync.references import References
from activities.webhooks.senders import formats_of_senders

_HOUR = 3600.0


class Service:
    """The app, put together from its parts. Construct it inside the event loop that will use it.

    `clock` gives seconds since 1970. Leases and retries use it. It's the storage service's clock, unless a test passes
    its own.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] | None = None) -> None:
        self.settings = settings
        told = StorageClock()
        self._clock = clock or told
        self.storage = storage = StorageAccount(settings, told)
        activities = storage.table(settings.activities_table)
        self.shared = SharedState(activities)
        self.graph = Graph(settings, self.shared, self._clock)
        self.delivery = Delivery(
            events=storage.queue(settings.events_queue),
            retries=storage.queue(settings.retry_queue),
            bodies=storage.container(settings.event_body_container),
        )
        self.letters = Letters(storage.container(settings.dead_letter_container))
        self.ledger = Ledger(activities)
        self.references = References(self.graph, People(storage.table(settings.people_table)))
        self.reconciler = Reconciler(self._parts())
        self.handler = Handler(
            self.reconciler,
            self.delivery,
            self.letters,
            self.shared,
            _formats(settings),
            hold_seconds=settings.hold_seconds,
            clock=self._clock,
        )
        telemetry.set_levels()

    async def close(self) -> None:
        """Close all connections."""
        await self.graph.close()
        await self.storage.close()

    def _parts(self) -> Parts:
        """Return the parts that are needed to work on records."""
        return Parts(
            self.ledger,
            self.graph,
            self.references,
            self.delivery,
            self.letters,
            policy_of(self.settings),
            self._clock,
            self.settings.learning_provider_id,
            self.settings.ledger_rebuild,
            shadow_of(self.settings.sync_mode, self.settings.pilot_learners or ()),
        )


def policy_of(settings: Settings) -> RetryPolicy:
    """Return the retry policy that the settings ask for."""
    times = Times(
        deadline=settings.graph_deadline,
        lease=settings.lease,
        margin=settings.clock_margin,
        settle=settings.settle,
        kind_grace=settings.kind_grace,
    )
    return RetryPolicy(
        times,
        patience=settings.retry_max_age_hours * _HOUR,
        content_patience=settings.content_max_age_hours * _HOUR,
        blame_tries=settings.blame_tries,
    )


def _formats(settings: Settings) -> Formats | FormatError:
    """Return the formats, or what's wrong with them. In that case, messages are held instead of failing one by one."""
    try:
        return load_formats(settings.formats_folder, settings.sources, formats_of_senders(settings.webhooks))
    except FormatError as error:
        return error
