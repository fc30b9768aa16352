"""An Azure Storage table in memory."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from azure.core.exceptions import HttpResponseError
from azure.data.tables import TableEntity

from activities.storage.clock import StorageClock
from tests.simulation.memory.refusals import refusal
from tests.simulation.memory.sdk import Client
from tests.simulation.memory.wire import Wire

type Keys = tuple[str, str]
type Row = Mapping[str, Any]


class Table:
    """The rows of a table, each with an ETag. If `exists` is false, the table has been deleted."""

    def __init__(self) -> None:
        self.rows: dict[Keys, tuple[str, dict[str, Any]]] = {}
        self.exists = True
        self._written = datetime.fromtimestamp(0, UTC)

    def get(self, keys: Keys) -> tuple[str, dict[str, Any]]:
        """Return a row and its ETag."""
        self._check_exists()
        if keys not in self.rows:
            raise refusal(404, "ResourceNotFound")
        return self.rows[keys]

    def create(self, row: Row, now: float = 0.0) -> str:
        """Add a row, and return its ETag."""
        self._check_exists()
        if _keys(row) in self.rows:
            raise refusal(409, "EntityAlreadyExists")
        return self._put(row, now)

    def replace(self, row: Row, etag: str, now: float = 0.0) -> str:
        """Replace a row that has this ETag, and return the new one."""
        if self.get(_keys(row))[0] != etag:
            raise refusal(412, "UpdateConditionNotSatisfied")
        return self._put(row, now)

    def upsert(self, row: Row, now: float = 0.0) -> str:
        """Add or replace a row, and return its ETag."""
        self._check_exists()
        return self._put(row, now)

    def _put(self, row: Row, now: float) -> str:
        """Store a row. Its ETag is the time of writing, and no two are the same."""
        self._written = max(self._written + timedelta(microseconds=1), datetime.fromtimestamp(now, UTC))
        stamp = self._written.isoformat(timespec="microseconds").replace("+00:00", "Z")
        etag = f"W/\"datetime'{quote(stamp)}'\""
        self.rows[_keys(row)] = etag, dict(row)
        return etag

    def _check_exists(self) -> None:
        if not self.exists:
            raise refusal(404, "TableNotFound")


class MemoryTable(Client):
    """The part of `TableClient` that the app uses."""

    def __init__(
        self, table: Table, wire: Wire, told: StorageClock | None = None, now: Callable[[], float] = lambda: 0.0
    ) -> None:
        super().__init__(wire, told, now)
        self._table = table

    async def get_entity(self, partition_key: str, row_key: str) -> TableEntity:
        """Return a row."""
        etag, row = await self._send("table:get", lambda: self._table.get((partition_key, row_key)), row_key)
        entity = TableEntity(row)
        entity._metadata = {"etag": etag, "timestamp": None}  # noqa: SLF001  the SDK does the same
        return entity

    async def create_entity(self, entity: Row) -> dict[str, str]:
        """Add a row."""
        return {
            "etag": await self._send("table:insert", lambda: self._table.create(entity, self._now()), entity["RowKey"])
        }

    async def update_entity(self, entity: Row, *, etag: str, **_: object) -> dict[str, str]:
        """Replace a row that hasn't changed."""
        written = await self._send(
            "table:update", lambda: self._table.replace(entity, etag, self._now()), entity["RowKey"]
        )
        return {"etag": written}

    async def upsert_entity(self, entity: Row, **_: object) -> dict[str, str]:
        """Add or replace a row."""
        return {
            "etag": await self._send("table:upsert", lambda: self._table.upsert(entity, self._now()), entity["RowKey"])
        }

    async def query_entities(self, query_filter: str, **_: object) -> AsyncIterator[Row]:
        """Fail, because this isn't simulated. Only operators and the heartbeat list rows."""
        raise HttpResponseError(query_filter)
        yield {}


def _keys(row: Row) -> Keys:
    return row["PartitionKey"], row["RowKey"]
