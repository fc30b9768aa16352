"""Records in the table: they come back as they were stored, and nobody overwrites what they haven't seen."""

import asyncio
import base64
import re
from bisect import bisect
from dataclasses import replace

import pytest
from azure.data.tables.aio import TableServiceClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples

from activities.domain.errors import RecordChanged, StorageFault
from activities.domain.event_parts import MAX_NOTES
from activities.domain.events import ADAPTER
from activities.domain.fields import KEPT, Facts, Moment, merge
from activities.domain.news import news_of
from activities.domain.record import ActivityRecord, StoredRecord
from activities.domain.sync_parts import Attempt, Failing, Lease, Replacing, RetryMark
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds, Reference
from activities.intake.parse import Understood, parse
from activities.service import Service
from activities.settings import Settings
from activities.storage.ledger import Ledger
from tests.activities.storage.any_record import RECORDS
from tests.native_event import ASSIGNED, event_body
from tools.develop.azurite import Azurite

# Each example writes its own row, so they can share a table.
_LAST = 253_402_300_799_999_999

over_one_table = examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@over_one_table
@given(RECORDS)
async def test_a_record_comes_back_as_it_was_stored(service: Service, record: ActivityRecord) -> None:
    """The owner, the facts with their clocks and types, and the sync state keep all characters and numbers."""
    known = await service.ledger.load(record.enrollment_id)
    stored = await service.ledger.store(record, known.etag)

    loaded = await service.ledger.load(record.enrollment_id)

    assert stored == loaded
    assert record == loaded.record
    # True and 1 are equal, and so are 1 and 1.0.
    facts, found = record.facts, loaded.record.facts
    assert {name: repr(value) for name, value in (facts.fields | facts.moments).items()} == {
        name: repr(value) for name, value in (found.fields | found.moments).items()
    }


async def test_an_unknown_enrolment_has_an_empty_record(service: Service) -> None:
    """Nothing is known of it, and there's no row yet."""
    assert StoredRecord(ActivityRecord("enrolment-1"), None) == await service.ledger.load("enrolment-1")


async def test_a_write_replaces_the_row(service: Service) -> None:
    """Nothing of an earlier state, such as a lease that was given back, stays in a column."""
    held = SyncState(
        attempt=Attempt(3.0),
        lease=Lease("me", 17.5),
        retry=RetryMark("n", 1.0),
        failing=Failing(1),
        replacing=Replacing(ActivityType("selfInitiated"), ActivityType("assignment", "required")),
    )
    stored = await service.ledger.store(ActivityRecord("enrolment-1", sync=held), None)

    await service.ledger.store(ActivityRecord("enrolment-1"), stored.etag)

    assert SyncState() == (await service.ledger.load("enrolment-1")).record.sync


@pytest.mark.parametrize("exists", [False, True], ids=["a new record", "a known record"])
async def test_one_of_several_concurrent_writes_succeeds(service: Service, *, exists: bool) -> None:
    """The other writers learn that the record has changed, and what the first one wrote stays."""
    record = ActivityRecord("enrolment-1")
    etag = (await service.ledger.store(record, None)).etag if exists else None
    written = [replace(record, sync=SyncState(lease=Lease(str(number), 1.0))) for number in range(8)]

    results = await asyncio.gather(*(service.ledger.store(one, etag) for one in written), return_exceptions=True)

    [winner] = [number for number, result in enumerate(results) if isinstance(result, StoredRecord)]
    assert [type(result) for result in results].count(RecordChanged) == len(written) - 1
    assert results[winner] == await service.ledger.load("enrolment-1")
    assert written[winner] == (await service.ledger.load("enrolment-1")).record


@pytest.mark.parametrize("character", ["a", "ü", "🎓", '"', "\\", "\n", "\x00", "<"], ids=ascii)
async def test_the_longest_notes_and_names_fit_into_a_row(service: Service, character: str) -> None:
    """An event that intake accepts is never too large for the table, however its characters are encoded there."""
    longest = bisect(
        range(1, MAX_NOTES + 1), 0, key=lambda length: _with_notes(character * length).dropped == ("assignment.notes",)
    )
    record = _longest_record(character, notes=character * longest)

    stored = await service.ledger.store(record, None)

    assert stored == await service.ledger.load(record.enrollment_id)
    assert _with_notes(character * (longest + 1)).dropped == ("assignment.notes",)


def _longest_record(character: str, notes: str) -> ActivityRecord:
    """Return a record with the longest names that an event may have, and as many moments as are kept."""
    name = (character if character.strip() and character.isprintable() else "a") * 2048
    event = ADAPTER.validate_python(
        ASSIGNED
        | {
            "enrollmentId": name,
            "learner": {"lmsAccount": {"source": name[:200], "id": name}},
            "course": {"externalId": name},
            "assignment": {"type": "required", "assigner": {"employeeId": name}, "notes": {"content": notes}},
        }
    )
    moments = tuple(Moment(_LAST - number, _LAST, stated=False) for number in range(2 * KEPT))
    news = replace(news_of(event, name), facts=merge(news_of(event, name).facts, Facts({}, {"completed": moments})))
    record = ActivityRecord(event.enrollment_id).merged(news)
    for number in range(3):
        record = record.merged(replace(news, learner=Reference("employeeId", f"{number}{name[1:]}")))
    attempt = Attempt(1.0, ImmutablePart(ActivityType("assignment", "required"), OwnerIds(name, name)))
    return record.synced(SyncState(attempt=attempt))


def _with_notes(content: str) -> Understood:
    parsed = parse(event_body(assignment={"type": "required", "notes": {"content": content}}))
    assert isinstance(parsed, Understood)
    return parsed


# The tables SDK tests the truth value of an XML element, which is deprecated in Python.
@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
async def test_a_table_that_may_not_be_read_is_a_fault_of_storage(azurite: Azurite, settings: Settings) -> None:
    """If the table service refuses a key or a role, every event would fail."""
    wrong = re.sub(r"AccountKey=[^;]+", "AccountKey=" + base64.b64encode(b"wrong").decode(), azurite.connection_string)
    async with TableServiceClient.from_connection_string(wrong) as service:
        ledger = Ledger(service.get_table_client(settings.activities_table))

        with pytest.raises(StorageFault, match="ledger: 403"):
            await ledger.load("enrolment-1")


async def test_records_that_wait_for_their_course_are_told_apart(service: Service) -> None:
    """A course may be missing for days although nothing is wrong. Other changes shouldn't wait that long."""
    waits = {
        "for its course": (Failing(1, missing=True), 100.0),
        "for Graph": (Failing(1), 300.0),
        "for Graph too": (None, 200.0),
    }
    for enrolment, (failing, since) in waits.items():
        state = SyncState(failing=failing, waiting_since=since, attempt=Attempt(1.0))
        await service.ledger.store(ActivityRecord(enrolment, sync=state), None)

    waiting = await service.ledger.waiting()

    assert (waiting.since, waiting.course_since, waiting.oldest) == (200.0, 100.0, 100.0)
    assert waiting.states == {"unclear": 3}
