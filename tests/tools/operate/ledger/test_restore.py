"""The ledger's table is lost and restored from a backup."""

import json
import random
import stat
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from activities.domain.desired import external_id
from activities.domain.record import row_key
from activities.service import Service
from activities.settings import Settings
from activities.storage.envelope import ControlEnvelope
from tests.native_event import event_body
from tests.tools.operate.conftest import Ran, Run
from tests.tools.operate.working import drained
from tools.develop.simulator import Simulator


def assigned(enrolment: str, day: int = 1, **more: object) -> bytes:
    """Return an event that creates an activity."""
    terms = {"type": "required", "dueAt": {"dateTime": "2026-09-22T16:05:00", "timeZone": "UTC"}}
    occurred = f"2026-03-{day:02}T12:00:00Z"
    given = {"eventId": f"{enrolment} {day}", "enrollmentId": enrolment, "assignment": terms, "occurredAt": occurred}
    return event_body(**given | more)


def later(enrolment: str, kind: str, day: int, **more: object) -> bytes:
    """Return a later event of an enrolment that already exists."""
    given = {"activity": None, "assignment": None, "progress": None, "eventType": f"course.{kind}"}
    return assigned(enrolment, day, **given | more)


PLAIN = [assigned(f"plain {number}") for number in range(4)]
BEFORE = [
    *PLAIN,
    assigned("goes on"),
    later("goes on", "progressed", 2, progress={"status": "inProgress", "percentage": 20}),
    assigned("completed"),
    later("completed", "completed", 3),
    assigned("completed later"),
    assigned("withdrawn"),
    later("withdrawn", "unassigned", 4),
    assigned("withdrawn later"),
    assigned("assigned again later"),
    later("assigned again later", "unassigned", 4),
    assigned("of another kind later"),
    assigned("forgotten later"),
]
AFTER = [
    later("goes on", "progressed", 10, progress={"status": "inProgress", "percentage": 60}),
    later("completed later", "completed", 11),
    later("withdrawn later", "unassigned", 12),
    assigned("assigned again later", 13),
    later("of another kind later", "started", 14, activity="selfInitiated"),
    assigned("new", 15),
]
CHANGED = "of another kind later"
FORGET = ControlEnvelope(control="forget", record=row_key("forgotten later")).text().encode()


def activities(simulator: Simulator) -> dict[str | None, tuple[str, dict[str, Any]]]:
    """Return what Graph has: for each external id, Graph's own id and the activity's values."""
    return {one.external_id: (one.id, dict(one.body)) for one in simulator.activities}


async def handled(service: Service, events: Sequence[bytes]) -> None:
    """Handle events and everything that they put on the queues."""
    for event in events:
        await service.handler.event(event)
    await drained(service)


@pytest.fixture
async def rebuilding(settings: Settings) -> AsyncIterator[Service]:
    """The app after the loss. For an enrolment that it doesn't know, it first looks for an activity in Graph."""
    running = Service(settings.model_copy(update={"ledger_rebuild": True}))
    yield running
    await running.close()


@pytest.fixture
async def backup(service: Service, run: Run, tmp_path: Path) -> Path:
    """A backup. Some events were handled before it was made, and some afterwards."""
    await handled(service, BEFORE)
    file = tmp_path / "backup"
    assert (await run("ledger", "export", "--show-personal-data", "--out", str(file))).code == 0
    await handled(service, AFTER)
    await service.handler.retry(FORGET)
    return file


async def lose(service: Service) -> None:
    """Lose all rows of the ledger."""
    table = service.storage.table(service.settings.activities_table)
    await table.delete_table()
    await table.create_table()


def sent(simulator: Simulator) -> Counter[str]:
    """Return the number of requests by operation, except those for tokens."""
    counts: Counter[str] = Counter()
    for (operation, _), number in simulator.counts.items():
        counts[operation] += number
    del counts["token"]
    return counts


def said(ran: Ran) -> dict[str, Any]:
    """Return the only object that a command printed."""
    [found] = ran.objects
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_a_restore(  # noqa: PLR0913, PLR0917  fixtures
    service: Service, run: Run, backup: Path, rebuilding: Service, simulator: Simulator, seed: int
) -> None:
    """If all events come again, in any order, Graph has the same activities as before, and no duplicates.

    The activity whose kind changed may be replaced on the way, because Graph doesn't say when it became self-initiated.
    """
    wanted = activities(simulator)
    await lose(service)
    before = sent(simulator)
    would = said(await run("ledger", "import", str(backup), "--json"))
    assert (would["written"], await records(service)) == (False, 0)
    assert said(await run("ledger", "import", str(backup), "--json", "--yes")) == would | {"written": True}
    assert (would["records"], await records(service)) == (12, 12)

    again = [*BEFORE, *AFTER]
    random.Random(seed).shuffle(again)  # noqa: S311  the same order in each run
    await handled(rebuilding, again)
    await service.handler.retry(FORGET)

    found = activities(simulator)
    assert {name: values for name, (_, values) in found.items()} == {
        name: values for name, (_, values) in wanted.items()
    }
    assert [name for name, (own, _) in found.items() if own != wanted[name][0]] in ([], [external_id(CHANGED)])
    assert len(simulator.activities) == len(wanted)
    # What an old event creates, a later one deletes. Replacing an activity also takes one request of each kind.
    counts = sent(simulator) - before
    assert counts["create"] == counts["delete"]
    assert {state["state"] for state in (await run("ledger", "export")).objects} == {"settled", "forgotten"}


async def test_a_restore_without_old_events(
    service: Service, run: Run, backup: Path, rebuilding: Service, simulator: Simulator
) -> None:
    """Events from before the backup aren't needed. After the later ones, `reconcile --pending` does the rest."""
    wanted = activities(simulator)
    await lose(service)
    before = sent(simulator)
    await run("ledger", "import", str(backup), "--yes")
    await handled(rebuilding, AFTER)
    asked = said(await run("reconcile", "--pending", "--rate", "100", "--json"))
    await drained(rebuilding)

    assert asked == {"asked": 12 - len(AFTER) + 1}
    assert activities(simulator) == wanted
    assert (sent(simulator) - before)["create"] == 0
    assert {row["state"] for row in (await run("ledger", "export")).objects} == {"settled"}


async def test_what_it_costs(
    service: Service, run: Run, rebuilding: Service, simulator: Simulator, tmp_path: Path
) -> None:
    """A restore sends as many requests as a rebuild, but needs no events from the LMS."""
    await handled(service, PLAIN)
    file = tmp_path / "backup"
    await run("ledger", "export", "--show-personal-data", "--out", str(file))
    wanted = activities(simulator)
    await lose(service)
    before = sent(simulator)
    await handled(rebuilding, PLAIN)
    rebuilt = sent(simulator) - before
    await lose(service)
    before = sent(simulator)
    await run("ledger", "import", str(file), "--yes")
    assert said(await run("reconcile", "--pending", "--rate", "100", "--json")) == {"asked": len(PLAIN)}
    await drained(service)

    assert activities(simulator) == wanted
    assert sent(simulator) - before == rebuilt == {"get_by_external_id": len(PLAIN), "update": len(PLAIN)}
    assert said(await run("reconcile", "--pending", "--json")) == {"asked": 0}


async def records(service: Service) -> int:
    """Return how many rows the ledger has."""
    return (await service.ledger.waiting()).states.total()


async def test_what_was_forgotten_stays_forgotten(
    service: Service, run: Run, backup: Path, simulator: Simulator
) -> None:
    """A tombstone is never replaced by an older row, whether it's in the ledger or in one of the files."""
    tombstones = backup.with_name("tombstones")
    await run("ledger", "export", "--show-personal-data", "--state", "forgotten", "--out", str(tombstones))
    assert said(await run("ledger", "import", str(backup), "--json", "--yes"))["records"] == 0
    assert (await service.ledger.load("forgotten later")).record.is_tombstone

    await lose(service)
    told = said(await run("ledger", "import", str(backup), str(tombstones), "--json", "--yes"))

    assert {name: told[name] for name in ("tombstones", "forgotten", "unreadable")} == {
        "tombstones": 1,
        "forgotten": 1,
        "unreadable": 0,
    }
    before = activities(simulator)
    await handled(service, [assigned("forgotten later")])
    assert (await service.ledger.load("forgotten later")).record.is_tombstone
    assert activities(simulator) == before


async def test_what_the_ledger_has_is_not_written_over(service: Service, run: Run, backup: Path) -> None:
    """An import changes no row that the ledger has. If several backups are given, the first one counts."""
    newer = backup.with_name("newer")
    await run("ledger", "export", "--show-personal-data", "--out", str(newer))
    goes_on = (await service.ledger.load("goes on")).record
    assert said(await run("ledger", "import", str(backup), "--json", "--yes"))["records"] == 0
    assert (await service.ledger.load("goes on")).record == goes_on

    await lose(service)
    await run("ledger", "import", str(newer), str(backup), "--yes")

    assert (await service.ledger.load("goes on")).record.facts == goes_on.facts


async def test_a_file_that_is_no_backup(service: Service, run: Run, backup: Path) -> None:
    """Each line that can't be read is named without quoting it. The other lines are written."""
    await lose(service)
    impersonal = backup.with_name("impersonal")
    lines = backup.read_text(encoding="utf-8").splitlines()  # noqa: ASYNC240  a small file
    row = json.loads(lines[0])
    newer = json.dumps(row | {"version": 99})
    shown = {name: row[name] for name in ("record", "version", "state")}
    impersonal.write_text("\n".join(["secret", "[]", "{}", newer, json.dumps(shown), lines[1]]), encoding="utf-8")
    told = await run("ledger", "import", str(impersonal), "--yes")
    assert (told.code, await records(service)) == (1, 1)
    assert [line.split(":")[0] for line in told.err.splitlines()] == [f"impersonal, line {n}" for n in range(1, 6)]
    assert "--show-personal-data" in told.err
    assert "secret" not in told.err
    assert (await run("ledger", "import", str(backup.with_name("nothing")))).code == 2


def test_a_backup_is_for_its_owner_only(backup: Path) -> None:
    """A backup holds learner data. It gets its name only once it's complete."""
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert [path.name for path in backup.parent.iterdir()] == ["backup"]


async def test_an_export_that_fails_leaves_the_backup_before(service: Service, run: Run, backup: Path) -> None:
    """If the table can't be read, the previous backup stays and no incomplete one replaces it."""
    former = backup.read_bytes()  # noqa: ASYNC240  a small file
    await service.storage.table(service.settings.activities_table).delete_table()
    assert (await run("ledger", "export", "--show-personal-data", "--out", str(backup))).code == 1
    assert backup.read_bytes() == former  # noqa: ASYNC240  the same
