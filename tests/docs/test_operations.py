"""The operators' page names the real columns, its control messages work, and its batch limit is true."""

import dataclasses
import json
import re

from activities.domain.fields import Clock, Facts, Field
from activities.domain.news import Owner
from activities.domain.outcomes import Action, DeadLetter, Done, Reason, RetryReason
from activities.domain.record import FORGOTTEN, ActivityRecord, Forgotten, row_key
from activities.domain.sync_parts import (
    Activity,
    Attempt,
    Check,
    Failing,
    HeldBack,
    Known,
    Lease,
    Left,
    RefusedType,
    Replacing,
    RetryMark,
)
from activities.domain.sync_state import SyncState
from activities.domain.terms import ActivityType, ImmutablePart, OwnerIds, Reference
from activities.intake.parse import parse
from activities.intake.result import Batch, Refused, Understood
from activities.service import Service
from activities.storage.envelope import ControlEnvelope, read
from activities.storage.keys import SHARED_PARTITION, keys
from tests import ROOT
from tests.heartbeat import beat

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
EVENTS = (ROOT / "docs/events.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "docs/examples/assignment.json").read_text(encoding="utf-8")
KEYS = {"PartitionKey", "RowKey"}
IDS = OwnerIds("learner", "content")
ASSIGNMENT, SELF_INITIATED = ActivityType("assignment", "required"), ActivityType("selfInitiated")
IMMUTABLE = ImmutablePart(ASSIGNMENT, IDS)
EMAIL, COURSE = Reference("email", "a@b.example"), Reference("externalId", "c")


def documented(name: str) -> list[str]:
    """Return the columns that the table between two marks names."""
    [table] = re.findall(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", OPERATIONS, re.DOTALL)
    return [column for line in table.splitlines()[2:] for column in re.findall(r"`(\w+)`", line.split("|")[1])]


async def stored(service: Service, partition: str, row: str) -> set[str]:
    """Return the columns of a row of the ledger's table, without its keys."""
    table = service.storage.table(service.settings.activities_table)
    return {str(column) for column in await table.get_entity(partition, row)} - KEYS


async def test_the_columns_of_the_heartbeat_are_documented(service: Service) -> None:
    """The table of columns is what the app writes while a record waits."""
    waiting = SyncState(failing=Failing(1), waiting_since=1.0)
    await service.ledger.store(ActivityRecord("an enrolment", sync=waiting), None)
    for_course = SyncState(failing=Failing(1, missing=True), waiting_since=2.0)
    await service.ledger.store(ActivityRecord("another", sync=for_course), None)
    await beat(service.settings.model_copy(update={"retention_days": 400}))
    assert sorted(documented("heartbeat")) == sorted(await stored(service, SHARED_PARTITION, "heartbeat"))


async def test_the_columns_of_the_ledger_are_documented(service: Service) -> None:
    """The table has every column that a record can have, except the facts of its events."""
    full = SyncState(
        activity=Activity("id", 1.0, IMMUTABLE, "digest"),
        attempt=Attempt(1.0, IMMUTABLE),
        lease=Lease("owner", 1.0),
        retry=RetryMark("nonce", 1.0),
        failing=Failing(1),
        known=Known(IDS, 1.0),
        replacing=Replacing(SELF_INITIATED, ASSIGNMENT),
        refused=RefusedType(ASSIGNMENT, SELF_INITIATED, 1.0),
        deleted_id="id",
        waiting_since=1.0,
        parked="malformed",
        letter=1,
        sweep=True,
        check=Check(1.0, "{}", "status"),
        held_back=HeldBack(1.0, "create", IDS),
        left=Left("id", 1.0, "native", "hash", "hash"),
    )
    assert [field.name for field in dataclasses.fields(full) if getattr(full, field.name) is None] == []
    owner, hashes = Owner("native", EMAIL, COURSE), frozenset({"hash"})
    facts = Facts({"present": Field(Clock(1, 1, "a", "b"), value=True)}, untimed=hashes)
    record = ActivityRecord("an enrolment", owner, facts, full, Forgotten(1, hashes))
    await service.ledger.store(record, None)
    columns = {name for name in await stored(service, *keys("an enrolment")) if not name.startswith("field_")}
    assert sorted(documented("ledger")) == sorted(columns)


def test_the_states_of_a_record_are_documented() -> None:
    """The page explains each word that the column `state` can hold."""
    [row] = re.findall(r"^\| `state` \| (.*) \|$", OPERATIONS, re.MULTILINE)
    states = [
        SyncState(),
        SyncState(failing=Failing(1)),
        SyncState(attempt=Attempt(1.0)),
        SyncState(parked="malformed"),
        SyncState(held_back=HeldBack(1.0, "create", IDS)),
    ]
    assert re.findall(r"`(\w+)`:", row) == [*(state.state for state in states), FORGOTTEN]


def test_every_reason_of_a_retry_is_explained() -> None:
    """The table of retries has exactly the reasons in the code."""
    assert documented("retries") == [reason.value for reason in RetryReason]


def test_every_conflict_of_identity_is_explained() -> None:
    """The page quotes the detail of each such dead letter."""
    section = OPERATIONS.split("### identity_conflict\n")[1].split("\n### ")[0]
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "activities/sync").glob("*.py"))
    assert set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)) == set(
        re.findall(r'IdentityConflict\("([^"]+)"\)', code)
    )


async def test_the_control_messages_are_carried_out(service: Service) -> None:
    """The examples are control messages, and the app carries them out on an existing record."""
    parsed = parse(EXAMPLE.encode())
    assert isinstance(parsed, Understood)
    [example] = re.findall(r"^```json\n(.*?)^```$", OPERATIONS, re.DOTALL | re.MULTILINE)
    text = example.replace("<row key of the record>", row_key(parsed.event.enrollment_id)).encode()
    assert isinstance(read(text), ControlEnvelope)
    refused = await service.handler.retry(text)
    assert isinstance(refused, DeadLetter)
    assert refused.reason is Reason.MALFORMED
    await service.handler.event(EXAMPLE.encode())
    assert await service.handler.retry(text) == Done(Action.CHECKED)
    assert '\\"control\\": \\"rebind\\"' in OPERATIONS
    assert await service.handler.retry(text.replace(b"check", b"rebind")) == Done(Action.UNCHANGED)
    assert await service.handler.event(text) == DeadLetter(Reason.MALFORMED, "no format recognises it")


def test_the_limit_of_batches_is_the_one_on_the_page() -> None:
    """A message with as many items as the page says is split, and one with more is refused."""
    [figure] = set(re.findall(r"At most ([\d,]+) items", EVENTS))
    limit = int(figure.replace(",", ""))
    whole = parse(json.dumps([{}] * limit).encode())
    assert isinstance(whole, Batch)
    assert len(whole.items) == limit
    more = parse(json.dumps([{}] * (limit + 1)).encode())
    assert isinstance(more, Refused)
    assert more.reason is Reason.INVALID_EVENT
