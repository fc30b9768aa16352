"""The contract of the queues and of the table `people`."""

import json
from dataclasses import replace

import pytest

from activities.domain.errors import StorageFault
from activities.domain.message import Control, Message
from activities.domain.outcomes import Retry, RetryReason
from activities.domain.record import row_key
from activities.domain.sync_parts import Failing
from activities.domain.terms import Reference
from activities.storage.envelope import MARKER, VERSION
from tests.simulation.contracts.storage import Storage

AT_ONCE = Retry(0.0, RetryReason.UNCLEAR)


async def opened(storage: Storage) -> Message | Control:
    """Open the only message that is visible on the retry queue."""
    [text] = await storage.behind.visible("retries")
    return await storage.delivery.open(text.encode())


@pytest.mark.parametrize("body", ["{}", "ä\n<", "x" * 70_000], ids=["short", "odd", "long"])
async def test_a_retry_comes_back_as_it_was_written(storage: Storage, body: str) -> None:
    """It has the text, the nonce, the enrolment and the failures so far. A long text goes through a blob."""
    message = Message(body.encode(), attempt=3, failing=Failing(2, "find_user", 5, 1.5))
    await storage.delivery.retry(message, AT_ONCE, "enrolment-1", "nonce-1")
    back = await opened(storage)
    assert isinstance(back, Message)
    assert (back.body, back.attempt, back.nonce, back.enrollment_id, back.failing) == (
        body.encode(),
        4,
        "nonce-1",
        "enrolment-1",
        message.failing,
    )


async def test_a_retry_shows_later(storage: Storage) -> None:
    """It's invisible until its delay is over."""
    await storage.delivery.retry(Message(b"{}"), replace(AT_ONCE, after=0.2), None, "nonce-1")
    assert await storage.behind.visible("retries") == []


async def test_a_body_that_is_gone_leaves_the_record(storage: Storage) -> None:
    """A message that was handled before still leads to its record. Discarding its body again does no harm."""
    await storage.delivery.retry(Message(b"x" * 70_000), AT_ONCE, "enrolment-1", "nonce-1")
    for _ in range(2):
        await storage.delivery.discard("nonce-1")
    back = await opened(storage)
    assert isinstance(back, Message)
    assert (back.body_deleted, back.enrollment_id) == (True, "enrolment-1")


async def test_a_missing_container_of_bodies_concerns_everybody(storage: Storage) -> None:
    """It isn't mistaken for a body that's gone, and no long message is written without its body."""
    await storage.delivery.retry(Message(b"x" * 70_000), AT_ONCE, "enrolment-1", "nonce-1")
    [text] = await storage.behind.visible("retries")
    await storage.behind.remove("bodies")
    with pytest.raises(StorageFault):
        await storage.delivery.open(text.encode())
    with pytest.raises(StorageFault):
        await storage.delivery.retry(Message(b"y" * 70_000), AT_ONCE, None, "nonce-2")


async def test_the_items_of_a_batch_are_messages_of_their_own(storage: Storage) -> None:
    """An item that's too large for the queue goes through a blob."""
    large = "x" * 70_000
    await storage.delivery.split(("1", large, "2"))
    assert sorted(await storage.behind.visible("events")) == ["1", "2"]
    [text] = await storage.behind.visible("retries")
    opened = await storage.delivery.open(text.encode())
    assert isinstance(opened, Message)
    assert opened.body == large.encode()


async def test_a_text_is_put_back_as_it_is(storage: Storage) -> None:
    """The same goes for a control message, which is recognised when it comes back."""
    control = json.dumps({"envelope": f"{MARKER}/{VERSION}", "control": "check", "record": row_key("enrolment-1")})
    await storage.delivery.put_back(control.encode(), 0.0)
    assert await storage.behind.visible("retries") == [control]
    back = await opened(storage)
    assert isinstance(back, Control)
    assert (back.action, back.record) == ("check", row_key("enrolment-1"))


async def test_the_first_column_that_has_a_value_names_a_person(storage: Storage) -> None:
    """An account without a row, or with an empty one, names nobody."""
    await storage.behind.add_person("lms\n1", email="Ann@Example.org", employeeId="7")
    await storage.behind.add_person("lms\n2", note="left")
    assert await storage.people.find("lms\n1") == Reference("email", "ann@example.org")
    assert await storage.people.find("lms\n2") is None
    assert await storage.people.find("lms\n3") is None


async def test_a_missing_table_of_people_concerns_everybody(storage: Storage) -> None:
    """Otherwise every learner would be unknown."""
    await storage.behind.remove("people")
    with pytest.raises(StorageFault) as caught:
        await storage.people.find("lms\n1")
    assert caught.value.place == "people"
