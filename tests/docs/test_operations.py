"""The page for operators names the columns that there are, and its control message is one; the batch limit is true."""

import dataclasses
import json
import re

from activities.domain.outcomes import DeadLetter, Reason
from activities.domain.record import ActivityRecord, row_key
from activities.domain.sync_state import Activity, Attempt, Check, Failing, Lease, RetryMark, SyncState
from activities.domain.terms import ImmutablePart, Reference
from activities.intake.parse import parse
from activities.intake.result import Batch, Refused, Understood
from activities.service import Service
from activities.storage.envelope import ControlEnvelope, read
from activities.storage.keys import SHARED_PARTITION, keys
from tests import ROOT

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
EVENTS = (ROOT / "docs/events.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "docs/examples/assignment.json").read_text(encoding="utf-8")
KEYS = {"PartitionKey", "RowKey"}
IMMUTABLE = ImmutablePart(
    "assignment", Reference("email", "a@b.example"), Reference("externalId", "c"), None, "required"
)


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
    waiting = SyncState(failing=Failing(1, 1.0), waiting_since=1.0)
    await service.ledger.store(ActivityRecord("an enrolment", {}, waiting), None)
    await service.heartbeat()
    assert sorted(documented("heartbeat")) == sorted(await stored(service, SHARED_PARTITION, "heartbeat"))


async def test_the_columns_of_the_ledger_are_documented(service: Service) -> None:
    """The table of columns is what a record can have, besides the fields of its events."""
    full = SyncState(
        activity=Activity("id", 1.0, IMMUTABLE, "digest"),
        attempt=Attempt(IMMUTABLE, 1.0),
        lease=Lease("owner", 1.0),
        retry=RetryMark("nonce", 1.0),
        failing=Failing(1, 1.0, 1.0),
        deleted_id="id",
        waiting_since=1.0,
        parked="malformed",
        letter=1,
        sweep=True,
        check=Check(1.0, "{}", "status"),
    )
    assert [field.name for field in dataclasses.fields(full) if getattr(full, field.name) is None] == []
    await service.ledger.store(ActivityRecord("an enrolment", {}, full), None)
    assert sorted(documented("ledger")) == sorted(await stored(service, *keys("an enrolment")))


def test_the_states_of_a_record_are_documented() -> None:
    """The page explains each word that the column `state` can hold."""
    [row] = re.findall(r"^\| `state` \| (.*) \|$", OPERATIONS, re.MULTILINE)
    states = [SyncState(), SyncState(failing=Failing(1)), SyncState(attempt=Attempt(IMMUTABLE, 1.0))]
    assert re.findall(r"`(\w+)`:", row) == [state.state for state in [*states, SyncState(parked="malformed")]]


async def test_the_control_message_is_carried_out(service: Service) -> None:
    """The example is a control message, and the app carries it out for a record that exists."""
    parsed = parse(EXAMPLE.encode())
    assert isinstance(parsed, Understood)
    [example] = re.findall(r"^```json\n(.*?)^```$", OPERATIONS, re.DOTALL | re.MULTILINE)
    text = example.replace("<row key of the record>", row_key(parsed.event.enrollment_id)).encode()
    assert isinstance(read(text), ControlEnvelope)
    refused = await service.handler.retry(text)
    assert isinstance(refused, DeadLetter)
    assert refused.reason is Reason.MALFORMED
    await service.handler.event(EXAMPLE.encode())
    assert not isinstance(await service.handler.retry(text), DeadLetter)
    assert await service.handler.event(text) == DeadLetter(Reason.MALFORMED, "no format recognises it")


def test_the_limit_of_batches_is_the_one_on_the_page() -> None:
    """A message of as many items as the page says is taken apart, and one of more is refused."""
    [figure] = set(re.findall(r"At most ([\d,]+) items", EVENTS))
    limit = int(figure.replace(",", ""))
    whole = parse(json.dumps([{}] * limit).encode())
    assert isinstance(whole, Batch)
    assert len(whole.items) == limit
    more = parse(json.dumps([{}] * (limit + 1)).encode())
    assert isinstance(more, Refused)
    assert more.reason is Reason.INVALID_EVENT
