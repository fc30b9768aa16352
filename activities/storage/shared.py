"""What the app's processes tell each other, in rows beside the records.

A lost or damaged row doesn't stop anything. The processes just know nothing about each other for a while.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import unquote

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient
from pydantic import TypeAdapter, ValidationError

from activities import BUILD, __version__
from activities.domain.shared_state import GraphState, Told
from activities.storage.faults import concerning_all
from activities.storage.keys import SHARED_PARTITION

_GRAPH = {"PartitionKey": SHARED_PARTITION, "RowKey": "graph"}
_CLOCK = {"PartitionKey": SHARED_PARTITION, "RowKey": "clock"}
_ANSWER = {"PartitionKey": SHARED_PARTITION, "RowKey": "answer"}
_HEARTBEAT = {"PartitionKey": SHARED_PARTITION, "RowKey": "heartbeat"}
_STATE = TypeAdapter(GraphState)
# A write fails only if another process's succeeded. So up to this many processes can write at once, and all succeed.
_TRIES = 20
# A row's ETag contains the time when it was written (seen in every response, but the reference calls it opaque).
_ETAG = re.compile(r"datetime'([^']+)'")

type Fact = str | int | float | bool | Mapping[str, object] | None


class SharedState:
    """Rows that all processes read and write."""

    def __init__(self, table: TableClient) -> None:
        self._table = table

    async def exchange(self, change: Callable[[GraphState], GraphState], latest: float = math.inf) -> Told | None:
        """Change the shared state. Return the new state, or None if it couldn't be stored.

        If another process was faster, `change` is called again. Stored instants after `latest` are ignored.
        """
        try:
            for _ in range(_TRIES):
                etag, known = await self._read()
                state = change(known.believable(latest))
                if state == known:
                    return Told(state)
                written = await self._write(state, etag)
                if written is not None:
                    return Told(state, _time_in(written))
        except AzureError:
            # The caller includes this in its next exchange.
            return None
        return None

    async def known(self) -> GraphState:
        """Return what all processes know about Graph, for operators. Storage errors are raised."""
        return (await self._read())[1]

    async def time(self) -> float | None:
        """Return the table service's time, or None if it can't be read. This writes a row to find out."""
        return _time_in(str((await self._table.upsert_entity(_CLOCK, mode=UpdateMode.REPLACE)).get("etag", "")))

    async def beat(self, facts: Mapping[str, Fact]) -> None:
        """Write the heartbeat. Mappings are written as JSON."""
        row = {
            name: json.dumps(value) if isinstance(value, Mapping) else value
            for name, value in facts.items()
            if value is not None
        }
        await self._table.upsert_entity(_HEARTBEAT | row, mode=UpdateMode.REPLACE)

    async def heartbeat(self) -> Mapping[str, object] | None:
        """Return the latest heartbeat, or None if there is none."""
        return await self._row(_HEARTBEAT)

    async def answer(self, ping: str, fault: str) -> None:
        """Write which package received a ping. `fault` says why it can't handle events, and is empty if it can.

        Raises:
            StorageFault: the table is missing, closed to the app, or failing.
        """
        said = {"ping": ping, "version": __version__, "build": BUILD, "fault": fault}
        with concerning_all("ledger"):
            await self._table.upsert_entity(_ANSWER | said, mode=UpdateMode.REPLACE)

    async def answered(self) -> Mapping[str, object] | None:
        """Return the latest answer to a ping, or None if there is none."""
        return await self._row(_ANSWER)

    async def _row(self, key: Mapping[str, str]) -> Mapping[str, object] | None:
        try:
            return await self._table.get_entity(*key.values())
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

    async def _write(self, state: GraphState, etag: str | None) -> str | None:
        """Write the row. Return its new ETag, or None if another process was faster."""
        row = _GRAPH | {"state": _STATE.dump_json(state).decode()}
        try:
            if etag is None:
                written = await self._table.create_entity(row)
            else:
                written = await self._table.update_entity(
                    row, mode=UpdateMode.REPLACE, etag=etag, match_condition=MatchConditions.IfNotModified
                )
        except (ResourceExistsError, ResourceModifiedError):
            return None
        return str(written["etag"])


def _time_in(etag: str) -> float | None:
    """Return when the row with this ETag was written, by the clock of the table service."""
    found = _ETAG.search(unquote(etag))
    try:
        return datetime.fromisoformat(found[1]).timestamp() if found is not None else None
    except ValueError:
        return None
