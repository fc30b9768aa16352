"""Checks of the storage account: what must exist, the operator's rights, and the clock."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from azure.core.exceptions import AzureError, ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.storage.blob.aio import ContainerClient
from azure.storage.queue.aio import QueueClient

from tools.operate.account import Account
from tools.operate.doctor.finding import Finding, bad, good
from tools.operate.queues.raw import NoMessages, RawQueue
from tools.operate.status.reading import NEEDS, queues_of
from tools.operate.troubles import NotAllowed, NotReachable, trouble_of

# Tokens and signatures are refused if a clock is off by 15 minutes. Times that people compare should be closer.
CLOCK_SECONDS = 30.0
_SENT_AGAIN = "deploy again, which creates what's missing; for the local stack, restart `make start`"


@dataclass(frozen=True, slots=True)
class _Place:
    """A queue, table or container, and how to look at it."""

    check: str
    needs: str
    look: Callable[[], Awaitable[object]]


async def checks(account: Account) -> Sequence[Finding]:
    """Look at every queue, table and container.

    Raises:
        Trouble: nothing could be looked at.
    """
    clock = _Clock()
    reached = await asyncio.gather(*(_looked_at(place) for place in _places(account, clock)))
    refusals = [trouble for trouble, _ in reached if trouble is not None]
    if len(refusals) == len(reached):
        raise refusals[0]
    found = [finding for _, finding in reached]
    return [*found, await _may_redrive(account.letters), clock.finding()]


def _places(account: Account, clock: "_Clock") -> list[_Place]:
    tables = {"activities": account.activities, "people": account.people}
    containers = (account.letters, account.bodies)
    return [
        *(
            _Place(f"queue {queue.queue_name}", "Storage Queue Data Reader on it", _queue(queue, clock))
            for queue in queues_of(account)
        ),
        *(
            _Place(f"table {table.table_name}", "Storage Table Data Reader on it", _table(table))
            for table in tables.values()
        ),
        *(
            _Place(f"container {one.container_name}", "Storage Blob Data Reader on it", _container(one))
            for one in containers
        ),
    ]


async def _looked_at(place: _Place) -> tuple[NotAllowed | NotReachable | None, Finding]:
    try:
        remark = await place.look()
    except ResourceNotFoundError:
        poison = place.check.endswith("-poison")
        # The host creates poison queues when it needs them.
        return None, good(place.check, "not there yet") if poison else bad(place.check, f"is missing: {_SENT_AGAIN}")
    except (AzureError, NoMessages) as error:
        trouble = trouble_of(error, place.needs) if isinstance(error, AzureError) else NotReachable(str(error.__doc__))
        # If nothing can be looked at, the command ends with a single sentence about all of it.
        of_all = trouble_of(error, NEEDS) if isinstance(error, AzureError) else trouble
        return of_all if isinstance(of_all, NotAllowed | NotReachable) else None, bad(place.check, str(trouble))
    return None, bad(place.check, str(remark)) if remark else good(place.check)


def _queue(queue: QueueClient, clock: "_Clock") -> Callable[[], Awaitable[object]]:
    async def look() -> object:
        begun = time.time()
        await queue.get_queue_properties(raw_response_hook=clock.heard(begun))
        unreadable = sum(not message.readable for message in await RawQueue(queue).look())
        return f"{unreadable} messages can't be read: `lms-sync queues unreadable --queue {queue.queue_name}`" * (
            unreadable > 0
        )

    return look


def _table(table: TableClient) -> Callable[[], Awaitable[object]]:
    async def look() -> object:
        async for _ in table.list_entities(results_per_page=1, select=["PartitionKey"]):
            break
        return ""

    return look


def _container(container: ContainerClient) -> Callable[[], Awaitable[object]]:
    async def look() -> object:
        async for _ in container.list_blobs(results_per_page=1):
            break
        return ""

    return look


async def _may_redrive(container: ContainerClient) -> Finding:
    """Delete a blob that doesn't exist. If the right is missing, storage refuses before it looks for the blob."""
    check = "your right to redrive and purge"
    try:
        await container.delete_blob(f"no-such-letter-{secrets.token_hex(8)}")
    except ResourceNotFoundError:
        return good(check)
    except AzureError as error:
        if getattr(error, "status_code", 0) == HTTPStatus.FORBIDDEN:
            return good(check, "you may only read; to redrive, ask to join the operators' group")
        return bad(check, str(trouble_of(error)))
    return good(check)


class _Clock:
    """How far this machine's clock is off storage's clock."""

    def __init__(self) -> None:
        self._ahead: float | None = None

    def heard(self, asked: float) -> Callable[[object], None]:
        """Return a hook that reads storage's time from a response."""

        def hear(response: object) -> None:
            headers = getattr(getattr(response, "http_response", None), "headers", {})
            try:
                there = parsedate_to_datetime(headers["Date"]).timestamp()
            except (KeyError, ValueError):
                return
            # The header has no fractions of a second.
            self._ahead = (asked + time.time()) / 2 - (there + 0.5)

        return hear

    def finding(self) -> Finding:
        """Return whether the clock is right."""
        check = "clock of this machine"
        if self._ahead is None or abs(self._ahead) <= CLOCK_SECONDS:
            return good(check, "" if self._ahead is not None else "storage didn't tell the time")
        return bad(check, f"{self._ahead:+.0f} s off storage's clock: have this machine synchronise its clock")
