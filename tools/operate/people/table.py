"""Reads and writes the table of people."""

from collections.abc import Sequence

from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient

from activities.domain.errors import LearnerNotFound
from activities.storage.people import text_of
from tools.operate import screen
from tools.operate.each import each
from tools.operate.people.accounts import COLUMNS, Entry

UNREADABLE = "unreadable: "


async def load(table: TableClient, entries: Sequence[Entry]) -> None:
    """Write entries. Each one replaces its account's row, so loading twice changes nothing.

    Raises:
        AzureError: storage refused a row; other rows may have been written.
    """
    with screen.progress() as progress:
        task = progress.add_task("importing", total=len(entries))

        async def write(entry: Entry) -> None:
            await table.upsert_entity(entry.row, mode=UpdateMode.REPLACE)

        for _, error in await each(entries, write, lambda: progress.advance(task)):
            if error:
                raise error


async def listed(table: TableClient, source: str | None) -> list[dict[str, str]]:
    """Return the accounts of one LMS, or of all, sorted by source and id.

    Raises:
        AzureError: storage refused.
    """
    rows = [
        {name: text for name in COLUMNS if (text := _shown(name, row.get(name)))}
        async for row in table.list_entities(select=list(COLUMNS))
        if source in (None, row.get("source"))
    ]
    return sorted(rows, key=lambda row: (row.get("source", ""), row.get("id", "")))


def _shown(column: str, value: object) -> str:
    """Return what the app reads in a column. A value that it can't read is marked."""
    try:
        return text_of(column, value)
    except LearnerNotFound:
        return f"{UNREADABLE}{value}"
