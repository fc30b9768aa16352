"""Sorts what messages say by record. It uses a temporary file, so memory stays flat however many there are."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Self

from pydantic import TypeAdapter

from activities.domain.news import News, news_of
from activities.domain.record import row_key
from tools.operate.publish.verdict import Verdict

_SCHEMA = "CREATE TABLE told (record TEXT, number INTEGER, place TEXT, enrolment TEXT, news BLOB, dropped TEXT)"


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says about an enrolment, and which of its values are left out."""

    place: str
    record: str
    enrollment_id: str
    news: News
    dropped: tuple[str, ...]


_NEWS = TypeAdapter(News)


class Sorted:
    """What messages say, by record. It's a context manager. No other process can open its file."""

    def __enter__(self) -> Self:
        # If the name is empty, SQLite makes a file without a name, which goes away with the connection.
        self._database = sqlite3.connect("")
        self._database.execute(_SCHEMA)
        self._number = 0
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    @property
    def count(self) -> int:
        """How many messages were understood."""
        return self._number

    def add(self, verdict: Verdict) -> None:
        """Keep what a message says, if it was understood."""
        found = verdict.event
        if found is None:
            return
        self._number += 1
        news = news_of(found.event, found.source, found.formerly, enrols_again=found.enrols_again)
        enrolment = found.event.enrollment_id
        dropped = ",".join(verdict.dropped)
        row = (row_key(enrolment), self._number, verdict.place, enrolment, _NEWS.dump_json(news), dropped)
        self._database.execute("INSERT INTO told VALUES (?, ?, ?, ?, ?, ?)", row)

    def by_partition(self) -> Iterator[list[list[Told]]]:
        """Yield, for each partition of the ledger, what was said about each of its records, in the messages' order."""
        rows = self._database.execute("SELECT * FROM told ORDER BY record, number")
        told = (
            Told(place, record, enrolment, _NEWS.validate_json(news), tuple(filter(None, dropped.split(","))))
            for record, _, place, enrolment, news, dropped in rows
        )
        for _, partition in groupby(told, key=lambda one: one.record[:2]):
            yield [list(several) for _, several in groupby(partition, key=lambda one: one.record)]
