"""What the processes of the app tell each other, in rows beside the records.

A row that is lost or damaged stops nothing: the processes then know nothing of each other for a while.
"""

import json
import math
from collections.abc import Mapping

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient
from pydantic import TypeAdapter, ValidationError

from activities.domain.shared_state import GraphState
from activities.storage.keys import SHARED_PARTITION

_GRAPH = {"PartitionKey": SHARED_PARTITION, "RowKey": "graph"}
_HEARTBEAT = {"PartitionKey": SHARED_PARTITION, "RowKey": "heartbeat"}
_STATE = TypeAdapter(GraphState)
_TRIES = 3

type Fact = str | int | float | bool | Mapping[str, object] | None


class SharedState:
    """Rows that all processes read and write."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def exchange(self, news: GraphState, latest: float = math.inf) -> GraphState | None:
        """Add what this process has seen. Return what all have seen, or None if it could not be stored.

        A stored instant after `latest` until which Graph is closed is ignored.
        """
        try:
            for _ in range(_TRIES):
                etag, known = await self._read()
                state = known.believable(latest).plus(news)
                if state == known or await self._write(state, etag):
                    return state
        except AzureError:
            # The caller tells it again with its next news.
            return None
        return None

    async def beat(self, facts: Mapping[str, Fact]) -> None:
        """Write what the app knows about itself, for operators. A mapping is written as JSON."""
        row = {
            name: json.dumps(value) if isinstance(value, Mapping) else value
            for name, value in facts.items()
            if value is not None
        }
        await self._table.upsert_entity(_HEARTBEAT | row, mode=UpdateMode.REPLACE)

    async def heartbeat(self) -> Mapping[str, object] | None:
        """Return the latest heartbeat, or None if there is none."""
        try:
            return await self._table.get_entity(*_HEARTBEAT.values())
        except ResourceNotFoundError:
            return None

    async def _read(self) -> tuple[str | None, GraphState]:
        try:
            row = await self._table.get_entity(*_GRAPH.values())
        except ResourceNotFoundError:
            return None, GraphState()
        try:
            state = _STATE.validate_json(str(row.get("state")))
        except ValidationError:
            state = GraphState()
        return str(row.metadata["etag"]), state

    async def _write(self, state: GraphState, etag: str | None) -> bool:
        row = _GRAPH | {"state": _STATE.dump_json(state).decode()}
        if etag is None:
            # If two processes create the row at the same moment, what one of them has seen is lost. That does no harm.
            await self._table.upsert_entity(row, mode=UpdateMode.REPLACE)
            return True
        try:
            await self._table.update_entity(
                row, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
            )
        except ResourceModifiedError:
            return False
        return True
