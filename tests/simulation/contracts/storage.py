"""The app's storage with either kind of server, and a way to look behind it."""

from dataclasses import dataclass
from typing import Any, Protocol

from azure.storage.blob.aio import ContainerClient

from activities.service import Service
from activities.storage.delivery import Delivery
from activities.storage.keys import keys
from activities.storage.ledger import Ledger
from activities.storage.letters import Letters
from activities.storage.people import People
from activities.storage.shared import SharedState
from tests.simulation.memory.container import Container, MemoryContainer
from tests.simulation.memory.queue import MemoryQueue, Queue
from tests.simulation.memory.table import MemoryTable, Table
from tests.simulation.memory.wire import Calm, Wire


class Behind(Protocol):
    """What a test can do behind the app's back."""

    async def add_person(self, account: str, **columns: str) -> None:
        """Add a row to the table `people`."""
        ...

    async def visible(self, queue: str) -> list[str]:
        """Return the visible messages of a queue (`events` or `retries`)."""
        ...

    async def write_blob(self, name: str, content: bytes) -> None:
        """Put a blob into the container of the dead letters."""
        ...

    async def remove(self, place: str) -> None:
        """Delete the `activities` or `people` table, or the container `letters` or `bodies`."""
        ...


@dataclass(frozen=True, slots=True)
class Storage:
    """Everything that the app has in storage."""

    ledger: Ledger
    people: People
    letters: Letters
    delivery: Delivery
    shared: SharedState
    behind: Behind


class _InMemory:
    def __init__(self) -> None:
        self.tables = {"activities": Table(), "people": Table()}
        self.containers = {"letters": Container(), "bodies": Container()}
        self.queues = {"events": Queue("events"), "retries": Queue("retries")}

    async def add_person(self, account: str, **columns: str) -> None:
        partition, row = keys(account)
        self.tables["people"].upsert({"PartitionKey": partition, "RowKey": row, **columns})

    async def visible(self, queue: str) -> list[str]:
        messages = self.queues[queue].messages
        return [message.text for message in messages if message.delay == 0]

    async def write_blob(self, name: str, content: bytes) -> None:
        self.containers["letters"].put(name, content, {})

    async def remove(self, place: str) -> None:
        found: Table | Container = (self.tables | self.containers)[place]  # type: ignore[operator]  names differ
        found.exists = False


def in_memory(wire: Wire | None = None) -> Storage:
    """Return storage in memory."""
    behind, wire = _InMemory(), wire or Calm()
    activities: Any = MemoryTable(behind.tables["activities"], wire)
    people: Any = MemoryTable(behind.tables["people"], wire)
    letters: Any = MemoryContainer(behind.containers["letters"], wire)
    bodies: Any = MemoryContainer(behind.containers["bodies"], wire)
    events: Any = MemoryQueue(behind.queues["events"], wire)
    retries: Any = MemoryQueue(behind.queues["retries"], wire)
    return Storage(
        Ledger(activities),
        People(people),
        Letters(letters),
        Delivery(events=events, retries=retries, bodies=bodies),
        SharedState(activities),
        behind,
    )


@dataclass(frozen=True, slots=True)
class _InAzurite:
    service: Service

    async def add_person(self, account: str, **columns: str) -> None:
        partition, row = keys(account)
        table = self.service.storage.table(self.service.settings.people_table)
        await table.upsert_entity({"PartitionKey": partition, "RowKey": row, **columns})

    async def visible(self, queue: str) -> list[str]:
        settings = self.service.settings
        name = settings.events_queue if queue == "events" else settings.retry_queue
        messages = await self.service.storage.queue(name).peek_messages(max_messages=32)
        return [str(message.content) for message in messages]

    async def write_blob(self, name: str, content: bytes) -> None:
        await self._container("letters").upload_blob(name, content)

    async def remove(self, place: str) -> None:
        settings = self.service.settings
        if place in ("letters", "bodies"):
            await self._container(place).delete_container()
        else:
            name = settings.activities_table if place == "activities" else settings.people_table
            await self.service.storage.table(name).delete_table()

    def _container(self, place: str) -> ContainerClient:
        settings = self.service.settings
        name = settings.dead_letter_container if place == "letters" else settings.event_body_container
        return self.service.storage.container(name)


def in_azurite(service: Service) -> Storage:
    """Return the storage of a service."""
    people = People(service.storage.table(service.settings.people_table))
    return Storage(service.ledger, people, service.letters, service.delivery, service.shared, _InAzurite(service))
