"""The contract of failing storage: what is raised, and what a lost answer leads to."""

from collections.abc import Awaitable, Callable

import pytest
from azure.core.exceptions import AzureError

from activities.domain.errors import RecordChanged, StorageFault
from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Reason, Retry, RetryReason
from activities.domain.record import ActivityRecord, row_key
from tests.simulation.contracts.faulty import Faulty
from tests.simulation.contracts.storage import Storage

RECORD = ActivityRecord("enrolment-1")
LETTER = DeadLetter(Reason.MALFORMED, "")
# The app's requests, and what sends them.
USES: dict[str, Callable[[Storage], Awaitable[object]]] = {
    "table:get": lambda storage: storage.ledger.load("enrolment-1"),
    "table:insert": lambda storage: storage.ledger.store(RECORD, None),
    "table:update": lambda storage: storage.ledger.store(RECORD, 'W/"1"'),
    "blob:put": lambda storage: storage.letters.write(Message(b"{}"), LETTER),
    "blob:get": lambda storage: storage.letters.keep(row_key("enrolment-1")),
}


@pytest.mark.parametrize("status", [403, 503])
@pytest.mark.parametrize("operation", USES)
async def test_an_answer_that_is_no_answer_concerns_everybody(faulty: Faulty, operation: str, status: int) -> None:
    """A service that's closed or failing says nothing about this record."""
    faulty.answer(operation, status)
    with pytest.raises(StorageFault):
        await USES[operation](faulty.storage)


@pytest.mark.parametrize(
    ("operation", "lands"), [(name, lands) for name in USES for lands in (False, True) if not (lands and "get" in name)]
)
async def test_without_any_answer_it_concerns_everybody(faulty: Faulty, operation: str, *, lands: bool) -> None:
    """It isn't known whether the requests took effect."""
    faulty.lose(operation, lands=lands, times=9)
    with pytest.raises(StorageFault):
        await USES[operation](faulty.storage)


@pytest.mark.parametrize("operation", ["table:insert", "table:update"])
async def test_a_lost_answer_to_a_write(faulty: Faulty, operation: str) -> None:
    """The SDK repeats an update, and then finds that the first one changed the row. It doesn't repeat an insert."""
    ledger = faulty.storage.ledger
    etag = None if operation == "table:insert" else (await ledger.store(RECORD, None)).etag
    faulty.lose(operation, lands=True)
    with pytest.raises(StorageFault if operation == "table:insert" else RecordChanged):
        await ledger.store(RECORD, etag)
    assert (await ledger.load("enrolment-1")).etag not in (None, etag)


async def test_a_lost_answer_to_a_message(faulty: Faulty) -> None:
    """The SDK repeats it, so the message is there twice."""
    faulty.lose("queue:put", lands=True)
    await faulty.storage.delivery.put_back(b"{}", 0.0)
    assert await faulty.storage.behind.visible("retries") == ["{}", "{}"]


@pytest.mark.parametrize("operation", ["table:get", "table:update", "queue:put", "blob:get"])
async def test_one_request_that_does_not_arrive_is_sent_again(faulty: Faulty, operation: str) -> None:
    """The caller doesn't notice."""
    storage = faulty.storage
    etag = (await storage.ledger.store(RECORD, None)).etag
    uses = USES | {
        "table:update": lambda storage: storage.ledger.store(RECORD, etag),
        "queue:put": lambda storage: storage.delivery.put_back(b"{}", 0.0),
    }
    faulty.lose(operation, lands=False)
    await uses[operation](storage)


async def test_a_queue_that_cannot_be_written_raises(faulty: Faulty) -> None:
    """There's nothing else to do with the message, so the host has to keep it."""
    faulty.answer("queue:put", 503)
    with pytest.raises(AzureError):
        await faulty.storage.delivery.retry(Message(b"{}"), Retry(1.0, RetryReason.UNCLEAR), None, "nonce")
