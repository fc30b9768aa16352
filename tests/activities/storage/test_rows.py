"""What a record's row looks like, and that everything a record may hold fits into it."""

import pytest

from activities.domain.desired import external_id
from activities.domain.fields import KEPT, Clock, Facts, Field, Moment
from activities.domain.news import Owner
from activities.domain.record import ActivityRecord, row_key
from activities.domain.sync_parts import Activity, Failing, Replacing
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds, Reference
from activities.storage.rows import record_of, row_of

# UTF-16 units.
COLUMN = 32_768
ANN, COURSE = Reference("email", "ann@contoso.example"), Reference("externalId", "c-1")
REQUIRED = ActivityType("assignment", "required")
LAST = 253_402_300_799_999_999


def units(text: str) -> int:
    """Return how much room a text takes in a column."""
    return len(text.encode("utf-16-le")) // 2


def named(*also: Reference) -> ActivityRecord:
    """Return a record whose owner has other names."""
    return ActivityRecord("e-1", Owner("native", ANN, COURSE, also))


def test_an_operator_can_read_a_row() -> None:
    """Every value has its own column. Values with parts are JSON, and so are numbers that may grow large."""
    record = ActivityRecord(
        "e 1",
        Owner("moodle", ANN, COURSE, (Reference("employeeId", "ü"),)),
        Facts({"notes": Field(Clock(5, 7, "a", "b"), None)}, {"started": (Moment(1, 2, stated=True),)}),
        SyncState(
            activity=Activity("a-1", 1.5, ImmutablePart(REQUIRED, OwnerIds("u-1", "l-1")), completed=True),
            failing=Failing(2, "create/assignment", 3, 4.5, detail="create: 403"),
            replacing=Replacing(REQUIRED, ActivityType("selfInitiated")),
            parked="learner_not_found",
            letter=2,
        ),
    )

    row = row_of(record)

    assert record_of(row) == record
    assert row == {
        "PartitionKey": row_key("e 1")[:2],
        "RowKey": row_key("e 1"),
        "version": 1,
        "enrollment_id": "e 1",
        "external_id": external_id("e 1"),
        "state": "parked",
        "owner_source": "moodle",
        "owner_learner": '["email","ann@contoso.example"]',
        "owner_course": '["externalId","c-1"]',
        "owner_also": '[["employeeId","ü"]]',
        "field_notes": '[[5,7,"a","b"],null]',
        "moments_started": "[[1,2,true]]",
        "activity_id": "a-1",
        "activity_since": 1.5,
        "activity_immutable": (
            '{"type":{"kind":"assignment","assignment_type":"required"},'
            '"ids":{"learner_user_id":"u-1","learning_content_id":"l-1"}}'
        ),
        "activity_completed": True,
        "failing_tries": "2",
        "failing_kind": "create/assignment",
        "failing_seen": "3",
        "failing_at": 4.5,
        "failing_missing": False,
        "failing_refusals": "0",
        "failing_unclear": 0.0,
        "failing_absent": 0.0,
        "failing_detail": "create: 403",
        "replacing_former": '{"kind":"assignment","assignment_type":"required"}',
        "replacing_wanted": '{"kind":"selfInitiated","assignment_type":null}',
        "replacing_restores": False,
        "parked": "learner_not_found",
        "letter": 2,
        "sweep": False,
    }


def test_the_names_of_an_owner_fit_into_a_column() -> None:
    """The oldest are forgotten until the rest fits. The newest are kept, in their order."""
    also = tuple(Reference("externalId", f"{number:02}" + "\x00" * 2046) for number in range(20))

    row = row_of(named(*also))

    assert COLUMN // 2 < units(row["owner_also"]) <= COLUMN
    owner = record_of(row).owner
    assert owner is not None
    assert 0 < len(owner.also) < len(also)
    assert owner.also == also[-len(owner.also) :]


@pytest.mark.parametrize("number", [0, 20])
def test_names_that_fit_are_all_kept(number: int) -> None:
    """Only the room in the column counts."""
    record = named(*(Reference("externalId", f"{n:02}" + "ü" * 1_500) for n in range(number)))
    assert record_of(row_of(record)) == record


def test_as_many_moments_as_are_kept_fit_into_a_column() -> None:
    """A hundred of each kind, at the end of the calendar."""
    moments = tuple(Moment(LAST - number, LAST, stated=False) for number in range(2 * KEPT))
    record = ActivityRecord("e-1", None, Facts({}, {"completed": moments, "over": moments}))

    row = row_of(record)

    assert units(row["moments_completed"]) <= COLUMN
    assert record_of(row) == record
