"""Any record that can be stored, for tests that hold for all records."""

from hypothesis import strategies as st

from activities.domain.fields import Clock, Facts, Field, Moment
from activities.domain.news import Owner
from activities.domain.record import ActivityRecord
from activities.domain.sync_parts import (
    Activity,
    Attempt,
    Check,
    Failing,
    HeldBack,
    Known,
    Lease,
    RefusedType,
    Replacing,
    RetryMark,
)
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds, Reference

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
TIMES = st.floats(0, 1e11)
HASHES = st.text("0123456789abcdef", min_size=16, max_size=16)
# The largest of them doesn't fit into a column for 32-bit numbers.
COUNTS = st.integers(0, 2**40)
# Microseconds of the whole calendar. Neither a 32-bit column nor an exact 64-bit float column could hold them.
INSTANTS = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999)

PEOPLE = st.builds(Reference, st.sampled_from(["entraObjectId", "email", "employeeId", "lmsAccount"]), TEXTS)
COURSES = st.builds(Reference, st.sampled_from(["learningContentId", "externalId"]), TEXTS)
OWNERS = st.builds(Owner, TEXTS, PEOPLE, COURSES, st.lists(PEOPLE | COURSES, max_size=3).map(tuple))

CLOCKS = st.builds(Clock, INSTANTS, st.integers(0, 100), HASHES, HASHES)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(0, 100), TEXTS, st.lists(TEXTS, min_size=2, max_size=2))
MOMENTS = st.lists(st.builds(Moment, INSTANTS, INSTANTS, st.booleans()), min_size=1, max_size=4).map(tuple)
FACTS = st.builds(
    Facts,
    st.dictionaries(st.sampled_from(["present", "percentage", "notes", "dueAt"]), st.builds(Field, CLOCKS, VALUES)),
    st.dictionaries(st.sampled_from(["completed", "started", "removed", "enrolled", "over"]), MOMENTS),
)

TYPES = st.sampled_from(
    [ActivityType("selfInitiated"), ActivityType("assignment", "required"), ActivityType("assignment", "recommended")]
)
OWNER_IDS = st.builds(OwnerIds, TEXTS, TEXTS)
IMMUTABLE = st.builds(ImmutablePart, TYPES, OWNER_IDS)
STATES = st.builds(
    SyncState,
    activity=st.none() | st.builds(Activity, TEXTS, TIMES, IMMUTABLE, st.none() | HASHES, st.booleans()),
    attempt=st.none() | st.builds(Attempt, TIMES, st.none() | IMMUTABLE),
    lease=st.none() | st.builds(Lease, TEXTS, TIMES),
    retry=st.none() | st.builds(RetryMark, TEXTS, TIMES, st.booleans()),
    failing=st.none()
    | st.builds(Failing, COUNTS, TEXTS, COUNTS, TIMES, st.booleans(), COUNTS, unclear=TIMES, absent=TIMES),
    known=st.none() | st.builds(Known, OWNER_IDS, TIMES),
    replacing=st.none() | st.builds(Replacing, TYPES, TYPES, st.booleans()),
    refused=st.none() | st.builds(RefusedType, TYPES, TYPES),
    deleted_id=st.none() | TEXTS,
    waiting_since=st.none() | TIMES,
    parked=st.none() | TEXTS,
    letter=st.integers(0, 2**31 - 1),
    sweep=st.booleans(),
    check=st.none() | st.builds(Check, TIMES, TEXTS, TEXTS),
    held_back=st.none() | st.builds(HeldBack, TIMES, st.sampled_from(["create", "replace"]), OWNER_IDS),
)
RECORDS = st.builds(ActivityRecord, IDS, st.none() | OWNERS, FACTS, STATES)
