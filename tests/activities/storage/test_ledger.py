"""Records in the table: they come back as they were stored, and nobody overwrites what they have not seen."""

import asyncio
import base64
import re
from bisect import bisect
from dataclasses import replace

import pytest
from azure.data.tables.aio import TableServiceClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from activities.domain.errors import ConfigurationFault, RecordChanged
from activities.domain.event_parts import MAX_NOTES
from activities.domain.events import ADAPTER
from activities.domain.fields import Clock, Field, fields_of
from activities.domain.outcomes import Reason
from activities.domain.record import ActivityRecord, StoredRecord
from activities.domain.sync_state import Activity, Attempt, Failing, Lease, RetryMark, SyncState
from activities.domain.terms import ImmutablePart, Reference
from activities.intake.parse import ParseResult, Refused, parse
from activities.service import Service
from activities.settings import Settings
from activities.storage.ledger import Ledger
from tests.native_event import ASSIGNED, event_body
from tools.develop.azurite import Azurite

# Each example writes a row of its own, so that they can share a table.
over_one_table = examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
REFERENCES = st.builds(Reference, TEXTS, TEXTS)
TIMES = st.floats(0, 1e11)
HASHES = st.text("0123456789abcdef", min_size=16, max_size=16)
# Microseconds of the whole calendar, which no 32-bit and no exact 64-bit float column would hold.
CLOCKS = st.builds(Clock, st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999), HASHES, HASHES)
VALUES = st.one_of(st.booleans(), st.integers(0, 100), TEXTS, st.lists(TEXTS, min_size=2, max_size=2))
FIELDS = st.dictionaries(st.sampled_from(["present", "learner", "percentage", "notes", "dueAt"]),
                         st.builds(Field, CLOCKS, VALUES))  # fmt: skip
IMMUTABLE = st.builds(
    ImmutablePart,
    st.sampled_from(["assignment", "selfInitiated"]),
    REFERENCES,
    REFERENCES,
    st.none() | REFERENCES,
    st.none() | st.sampled_from(["required", "recommended"]),
)
STATES = st.builds(
    SyncState,
    activity=st.none() | st.builds(Activity, TEXTS, TIMES, IMMUTABLE, st.none() | HASHES),
    attempt=st.none() | st.builds(Attempt, IMMUTABLE, TIMES),
    lease=st.none() | st.builds(Lease, TEXTS, TIMES),
    retry=st.none() | st.builds(RetryMark, TEXTS, TIMES),
    failing=st.none() | st.builds(Failing, st.integers(0, 2**31 - 1), st.none() | TIMES, st.none() | TIMES),
    deleted_id=st.none() | TEXTS,
    parked=st.none() | TEXTS,
)


@over_one_table
@given(st.builds(ActivityRecord, IDS, FIELDS, STATES))
async def test_a_record_comes_back_as_it_was_stored(service: Service, record: ActivityRecord) -> None:
    """The enrolment, the fields with their clocks and types, and the sync state keep all characters and numbers."""
    known = await service.ledger.load(record.enrollment_id)
    stored = await service.ledger.store(record, known.etag)

    loaded = await service.ledger.load(record.enrollment_id)

    assert stored == loaded
    assert record == loaded.record
    # True and 1 are equal, and so are 1 and 1.0.
    assert {name: repr(field) for name, field in record.fields.items()} == {
        name: repr(field) for name, field in loaded.record.fields.items()
    }


async def test_an_unknown_enrolment_has_an_empty_record(service: Service) -> None:
    """Nothing is known of it, and there is no row yet."""
    assert StoredRecord(ActivityRecord("enrolment-1"), None) == await service.ledger.load("enrolment-1")


async def test_a_write_replaces_the_row(service: Service) -> None:
    """Nothing of an earlier state, such as a lease that was given back, stays in a column."""
    part = ImmutablePart("assignment", Reference("email", "a"), Reference("externalId", "b"), None, "required")
    held = SyncState(
        attempt=Attempt(part, 3.0), lease=Lease("me", 17.5), retry=RetryMark("n", 1.0), failing=Failing(1, since=1.0)
    )
    stored = await service.ledger.store(ActivityRecord("enrolment-1", {}, held), None)

    await service.ledger.store(ActivityRecord("enrolment-1"), stored.etag)

    assert SyncState() == (await service.ledger.load("enrolment-1")).record.sync


@pytest.mark.parametrize("exists", [False, True], ids=["a new record", "a known record"])
async def test_one_of_several_concurrent_writes_succeeds(service: Service, *, exists: bool) -> None:
    """The other writers learn that the record changed, and what the first one wrote stays."""
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
        range(1, MAX_NOTES + 1), 0, key=lambda length: isinstance(_with_notes(character * length), Refused)
    )
    record = _longest_record(character, notes=character * longest)

    stored = await service.ledger.store(record, None)

    assert stored == await service.ledger.load(record.enrollment_id)
    refused = _with_notes(character * (longest + 1))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.INVALID_EVENT


def _longest_record(character: str, notes: str) -> ActivityRecord:
    """Return a record with the longest names that an event may have, and with an attempt that repeats them."""
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
    fields = fields_of(event)
    learner, course, assigner = (Reference(*fields[name].value) for name in ("learner", "course", "assigner"))
    attempt = Attempt(ImmutablePart("assignment", learner, course, assigner, "required"), 1.0)
    return ActivityRecord(event.enrollment_id, fields, SyncState(attempt=attempt))


def _with_notes(content: str) -> ParseResult:
    return parse(event_body(assignment={"type": "required", "notes": {"content": content}}))


# The tables SDK tests the truth value of an XML element, which Python has deprecated.
@pytest.mark.filterwarnings("ignore:Testing an element's truth value:DeprecationWarning")
async def test_a_table_that_may_not_be_read_is_a_configuration_fault(azurite: Azurite, settings: Settings) -> None:
    """A key or a role that the table service refuses would fail every event."""
    wrong = re.sub(r"AccountKey=[^;]+", "AccountKey=" + base64.b64encode(b"wrong").decode(), azurite.connection_string)
    async with TableServiceClient.from_connection_string(wrong) as service:
        ledger = Ledger(service.get_table_client(settings.activities_table))

        with pytest.raises(ConfigurationFault, match="ledger: 403"):
            await ledger.load("enrolment-1")
