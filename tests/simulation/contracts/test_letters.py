"""The contract of dead letters: numbers decide what's swept, and ETags what's deleted."""

import pytest

from activities.domain.errors import StorageFault
from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Reason
from activities.domain.record import row_key
from activities.storage.letters import Letters
from tests.simulation.contracts.storage import Storage

LETTER = DeadLetter(Reason.REJECTED_BY_GRAPH, "create: 400 badRequest", "request-1")
RECORD = row_key("enrolment-1")


async def found(letters: Letters) -> dict[str, tuple[str, int]]:
    """Return every letter's reason and number."""
    return {letter.id: (letter.reason, letter.number) async for letter in letters.list()}


async def test_a_letter_can_be_read_and_listed(storage: Storage) -> None:
    """The message is inside, byte for byte, and the listing says why and for which record."""
    await storage.letters.write(Message(b"{}", attempt=3), LETTER, "enrolment-1", number=2)
    letter = await storage.letters.read(RECORD)
    assert letter is not None
    assert (letter.body(), letter.enrollment_id, letter.number, letter.attempt) == (b"{}", "enrolment-1", 2, 3)
    assert await found(storage.letters) == {RECORD: ("rejected_by_graph", 2)}
    assert await storage.letters.read(row_key("another")) is None


async def test_the_letter_of_a_record_replaces_the_one_before(storage: Storage) -> None:
    """A message that isn't merged has its own letter, and it's the same one if it's written again."""
    for number in (1, 2):
        await storage.letters.write(Message(b"merged"), LETTER, "enrolment-1", number=number)
        await storage.letters.write(Message(b"apart"), LETTER, "enrolment-1")
    letters = await found(storage.letters)
    assert letters.pop(RECORD) == ("rejected_by_graph", 2)
    assert list(letters.values()) == [("rejected_by_graph", 0)]


@pytest.mark.parametrize(("number", "left"), [(1, True), (2, False), (3, False)])
async def test_a_sweep_leaves_a_later_letter(storage: Storage, number: int, *, left: bool) -> None:
    """A letter with a higher number stands for a later fault. Sweeping without a letter isn't an error."""
    await storage.letters.sweep(RECORD, number)
    await storage.letters.write(Message(b"{}"), LETTER, "enrolment-1", number=2)
    await storage.letters.sweep(RECORD, number)
    assert (RECORD in await found(storage.letters)) == left


async def test_a_letter_is_deleted_only_as_it_was_seen(storage: Storage) -> None:
    """If it has been replaced since, it stays."""
    letters = storage.letters
    await letters.write(Message(b"1"), LETTER, "enrolment-1", number=1)
    [seen] = [letter async for letter in letters.list()]
    await letters.write(Message(b"2"), LETTER, "enrolment-1", number=2)
    assert not await letters.delete(RECORD, seen.etag)
    [seen] = [letter async for letter in letters.list()]
    assert await letters.delete(RECORD, seen.etag)
    assert not await letters.delete(RECORD, seen.etag)


async def test_a_letter_that_is_kept_is_swept_by_nobody(storage: Storage) -> None:
    """It's no longer the record's. If there's no letter to keep, nothing changes."""
    await storage.letters.keep(RECORD)
    await storage.letters.write(Message(b"{}"), LETTER, "enrolment-1", number=2)
    await storage.letters.keep(RECORD)
    await storage.letters.keep(RECORD)
    await storage.letters.sweep(RECORD, 9)
    [(letter_id, facts)] = (await found(storage.letters)).items()
    assert letter_id != RECORD
    assert facts == ("rejected_by_graph", 0)


async def test_a_foreign_blob_is_no_letter(storage: Storage) -> None:
    """It's listed, and `keep` leaves it alone."""
    await storage.behind.write_blob(f"{RECORD}.json", b"hello")
    await storage.letters.keep(RECORD)
    assert await found(storage.letters) == {RECORD: ("unknown", 0)}


async def test_a_missing_container_concerns_everybody(storage: Storage) -> None:
    """It isn't mistaken for a missing letter."""
    letters = storage.letters
    await storage.behind.remove("letters")
    for request in (letters.write(Message(b"{}"), LETTER), letters.sweep(RECORD, 1), letters.keep(RECORD)):
        with pytest.raises(StorageFault) as caught:
            await request
        assert caught.value.place == "dead-letters"
