"""Dead letters in the container: they can be listed without being opened, and read back byte for byte."""

import json
import math
from datetime import UTC, datetime

import pytest

from activities.domain.errors import NewerVersion, StorageFault
from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Reason
from activities.domain.record import row_key
from activities.service import Service
from activities.storage.letters import LetterFacts, Letters
from tests.activities.storage.conftest import Storage
from tests.faults.actions import Call, Reset, Status

LETTER = DeadLetter(Reason.REJECTED_BY_GRAPH, "create: 400 badRequest", "request-1")
RECORD = row_key("enrolment-1")


@pytest.fixture
def letters(service: Service) -> Letters:
    """The dead letters of this test."""
    return service.letters


async def listed(letters: Letters) -> dict[str, LetterFacts]:
    """Return all letters, by id."""
    return {letter.id: letter async for letter in letters.list()}


@pytest.fixture
async def foreign(service: Service) -> str:
    """Create a blob in the container that the app hasn't written."""
    container = service.storage.container(service.settings.dead_letter_container)
    await container.upload_blob("notes.txt", b"hello")
    return "notes.txt"


@pytest.mark.parametrize("body", [b"{}", "ü\n\x1b[2J".encode(), b"\xff\xfe", b"x" * 200_000], ids=ascii)
async def test_a_letter_comes_back_byte_for_byte(letters: Letters, body: bytes) -> None:
    """Large and small, text or not: the original is inside."""
    await letters.write(Message(body, attempt=3), LETTER, "enrolment-1", number=2)
    letter = await letters.read(RECORD)
    assert letter is not None
    assert letter.body() == body
    assert (letter.enrollment_id, letter.number, letter.request_id) == ("enrolment-1", 2, "request-1")


async def test_a_listing_says_what_an_operator_needs(letters: Letters) -> None:
    """Reason, record, times and attempt are metadata of the blob."""
    seen = datetime(2026, 3, 1, 8, tzinfo=UTC)
    await letters.write(Message(b"{}", attempt=3, first_seen=seen), LETTER, "enrolment-1", number=2)
    [facts] = (await listed(letters)).values()
    assert (facts.id, facts.record, facts.reason, facts.attempt, facts.number, facts.first_seen) == (
        RECORD,
        RECORD,
        "rejected_by_graph",
        3,
        2,
        seen,
    )
    assert facts.last_seen > seen


async def test_letters_of_one_record_replace_each_other(letters: Letters) -> None:
    """The latest one wins. A message that isn't merged into the record has its own letter, the same after a crash."""
    for number, body in ((1, b"1"), (2, b"2")):
        await letters.write(Message(body), LETTER, "enrolment-1", number=number)
    for _ in range(2):
        await letters.write(Message(b"3"), LETTER, "enrolment-1")
        await letters.write(Message(b"3"), LETTER)
    found = await listed(letters)
    assert len(found) == 3
    assert found[RECORD].number == 2


@pytest.mark.parametrize(("number", "left"), [(1, 1), (2, 0), (3, 0)])
async def test_a_sweep_leaves_a_later_letter(letters: Letters, number: int, left: int) -> None:
    """A letter with a higher number stands for a later fault."""
    await letters.write(Message(b"{}"), LETTER, "enrolment-1", number=2)
    await letters.sweep(RECORD, number)
    assert len(await listed(letters)) == left


async def test_a_sweep_without_a_letter_does_nothing(letters: Letters) -> None:
    """An operator may have purged it."""
    await letters.sweep(RECORD, 1)
    assert await letters.read(RECORD) is None


async def test_a_letter_is_deleted_only_as_it_was_seen(letters: Letters) -> None:
    """A letter that was replaced in between stays."""
    await letters.write(Message(b"1"), LETTER, "enrolment-1", number=1)
    seen = (await listed(letters))[RECORD]
    await letters.write(Message(b"2"), LETTER, "enrolment-1", number=2)
    assert not await letters.delete(RECORD, seen.etag)
    assert await letters.delete(RECORD, (await listed(letters))[RECORD].etag)
    assert not await letters.delete(RECORD, seen.etag)


async def test_a_foreign_blob_is_listed_too(letters: Letters, foreign: str) -> None:
    """Nothing in the container is hidden."""
    await letters.write(Message(b"1"), LETTER)
    assert await letters.count() == {"rejected_by_graph": 1, "unknown": 1}
    assert (await listed(letters))[foreign].record is None


async def test_a_letter_that_is_kept_is_a_letter_of_its_own(letters: Letters) -> None:
    """Its content stays as it was, but no later letter of the record replaces it, and settling doesn't sweep it."""
    seen = datetime(2026, 3, 1, 8, tzinfo=UTC)
    await letters.write(Message(b"1", attempt=3, first_seen=seen), LETTER, "enrolment-1", number=2)
    former = await letters.read(RECORD)
    assert former is not None

    await letters.keep(RECORD)

    [kept] = (await listed(letters)).values()
    assert await letters.read(kept.id) == former.model_copy(update={"id": kept.id, "number": None})
    assert (kept.record, kept.reason, kept.attempt, kept.number) == (RECORD, "rejected_by_graph", 3, 0)
    assert (kept.first_seen, kept.last_seen) == (seen, former.last_seen)
    await letters.write(Message(b"2"), LETTER, "enrolment-1", number=3)
    assert set(await listed(letters)) == {RECORD, kept.id}
    await letters.sweep(RECORD, 3)
    assert set(await listed(letters)) == {kept.id}


async def test_letters_are_kept_one_by_one(letters: Letters) -> None:
    """A record may have several former owners, whose letters all stay."""
    for number in (1, 2):
        await letters.write(Message(str(number).encode()), LETTER, "enrolment-1", number=number)
        await letters.keep(RECORD)
    assert len(await listed(letters)) == 2


async def test_keeping_once_more_changes_nothing(letters: Letters) -> None:
    """If the record has no letter, there's nothing to keep."""
    await letters.keep(RECORD)
    assert await listed(letters) == {}
    await letters.write(Message(b"1"), LETTER, "enrolment-1", number=1)
    await letters.keep(RECORD)
    kept = await listed(letters)
    await letters.keep(RECORD)
    assert await listed(letters) == kept


async def test_a_letter_that_is_kept_is_never_lost(storage: Storage, letters: Letters) -> None:
    """A crash before the former letter is deleted leaves both, and the next try leaves one."""
    await letters.write(Message(b"1"), LETTER, "enrolment-1", number=1)
    storage.proxied["blob"].rule("blob:delete", action=Reset(), times=math.inf)
    with pytest.raises(StorageFault):
        await storage.letters.keep(RECORD)
    assert len(await listed(letters)) == 2

    storage.proxied["blob"].clear()
    await storage.letters.keep(RECORD)

    [kept] = await listed(letters)
    assert kept != RECORD


async def test_a_letter_that_was_replaced_meanwhile_stays(storage: Storage, letters: Letters) -> None:
    """Only the letter that was kept is deleted."""

    async def replace(_: object) -> None:
        await letters.write(Message(b"2"), LETTER, "enrolment-1", number=2)

    await letters.write(Message(b"1"), LETTER, "enrolment-1", number=1)
    storage.proxied["blob"].rule("blob:delete", action=Call(replace))
    await storage.letters.keep(RECORD)
    assert len(await listed(letters)) == 2
    assert (await listed(letters))[RECORD].number == 2


async def test_what_is_not_a_letter_is_not_kept(letters: Letters, service: Service) -> None:
    """A foreign blob stays as it is. What newer code has written waits for newer code."""
    blob = service.storage.container(service.settings.dead_letter_container).get_blob_client(f"{RECORD}.json")
    await blob.upload_blob(b"hello")
    await letters.keep(RECORD)
    assert set(await listed(letters)) == {RECORD}
    await blob.upload_blob(json.dumps({"envelope": "lms-activity-sync/2"}), overwrite=True)
    with pytest.raises(NewerVersion):
        await letters.keep(RECORD)


async def test_a_letter_is_not_sent_again_by_the_sdk(storage: Storage) -> None:
    """A first request that was believed lost must not write the letter again after its record has healed."""
    lost = storage.proxied["blob"].rule("blob:put", action=Status(500), times=math.inf)
    with pytest.raises(StorageFault):
        await storage.letters.write(Message(b"{}"), DeadLetter(Reason.MALFORMED, ""))
    assert lost.seen == 1
