"""When a kind of request is held, who finds out whether the fault is gone, and what operators are told."""

import asyncio
import logging

import pytest

from activities.domain.errors import EverybodysFault, Throttled
from tests.activities.graph.parts import (
    HOLD,
    Memory,
    Slow,
    admission_with,
    fail,
    fault_of,
    held,
    on_a_virtual_clock,
)

CREATE, UPDATE, READ = "create/assignment", "update/assignment", "read/assignment"


@on_a_virtual_clock
async def test_three_records_in_a_row_hold_a_kind() -> None:
    """The third record that meets a fault that affects everybody holds requests of its kind, and no others."""
    admission = admission_with()
    await fail(admission, ["r1", "r2"])
    assert not await held(admission, CREATE)

    await fail(admission, ["r3"])

    assert await held(admission, CREATE)
    assert not await held(admission, UPDATE)
    with pytest.raises(EverybodysFault, match="held: create: 403"):
        await admission.admit(CREATE)


@on_a_virtual_clock
async def test_one_record_alone_never_holds_others() -> None:
    """However often one or two records fail, that says nothing about the others."""
    admission = admission_with()
    await fail(admission, ["r1", "r2"] * 50)
    assert not await held(admission, CREATE)


@on_a_virtual_clock
async def test_kinds_are_counted_apart() -> None:
    """Failures of different kinds don't add up."""
    admission = admission_with()
    for number, kind in enumerate((CREATE, UPDATE, READ, CREATE)):
        await fail(admission, [f"r{number}"], kind)
    assert [await held(admission, kind) for kind in (CREATE, UPDATE, READ)] == [False] * 3


@on_a_virtual_clock
async def test_a_refusal_by_a_hold_is_no_failure() -> None:
    """What a hold refuses was never sent, so it can't cause a hold itself."""
    admission = admission_with()
    for record in ("r1", "r2", "r3"):
        await admission.suspect(fault_of(CREATE, wait=1.0), record)
    assert not await held(admission, CREATE)


@on_a_virtual_clock
async def test_a_success_ends_a_row_of_failures() -> None:
    """Failures count only if nobody has got through since the first of them."""
    admission = admission_with()
    await fail(admission, ["r1", "r2"])
    admission.succeeded(CREATE)
    await fail(admission, ["r3", "r4"])
    admission.succeeded(UPDATE)
    assert not await held(admission, CREATE)

    await fail(admission, ["r5"])
    assert await held(admission, CREATE)


@on_a_virtual_clock
async def test_a_success_elsewhere_prevents_a_hold() -> None:
    """Before a hold begins, the other processes' successes are read once. One since the first failure prevents it."""
    shared = Memory()
    ours, theirs = admission_with(shared), admission_with(shared)
    await fail(ours, ["r1", "r2"])
    theirs.succeeded(CREATE)
    await theirs.share()
    read = shared.exchanges

    await fail(ours, ["r3"])

    assert shared.exchanges == read + 1
    assert not await held(ours, CREATE)
    await fail(ours, ["r4", "r5"])
    assert not await held(ours, CREATE)
    await fail(ours, ["r6"])
    assert await held(ours, CREATE)
    await ours.close()


@on_a_virtual_clock
async def test_a_success_of_another_kind_elsewhere_prevents_nothing() -> None:
    """An update that succeeds says nothing about the permission to create."""
    shared = Memory()
    ours, theirs = admission_with(shared), admission_with(shared)
    await fail(ours, ["r1", "r2"])
    theirs.succeeded(UPDATE)
    await theirs.share()
    await fail(ours, ["r3"])
    assert await held(ours, CREATE)
    await ours.close()


@on_a_virtual_clock
async def test_a_success_elsewhere_lifts_a_hold() -> None:
    """Another process's success ends a hold as soon as this process reads it."""
    shared = Memory()
    ours, theirs = admission_with(shared), admission_with(shared)
    await fail(ours, ["r1", "r2", "r3"])
    await ours.share()
    assert await held(ours, CREATE)

    theirs.succeeded(CREATE)
    await theirs.share()
    await ours.share()

    assert not await held(ours, CREATE)


@on_a_virtual_clock
async def test_a_call_that_is_refused_uses_no_probe_and_no_slot() -> None:
    """Everything that a call needs is checked before any of it is taken."""
    admission = admission_with()
    await fail(admission, ["r1", "r2", "r3"])
    await asyncio.sleep(HOLD / 10)
    await fail(admission, ["r1", "r2", "r3"], UPDATE)

    assert await held(admission, CREATE, UPDATE)
    admission.throttled(5)
    with pytest.raises(Throttled):
        await admission.admit(CREATE)
    await asyncio.sleep(5)
    assert not await held(admission, CREATE)


@on_a_virtual_clock
async def test_the_second_hold_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Operators are told each time a probe fails, with the kind, the fault and the record that met it."""
    admission = admission_with()
    await fail(admission, ["r1", "r2", "r3", "under way"])
    assert log_lines(caplog) == []

    for number in range(2):
        await asyncio.sleep(HOLD)
        assert not await held(admission, CREATE)
        await admission.suspect(fault_of(CREATE, f"create: 40{number}"), f"hash {number}")
        await admission.suspect(fault_of(CREATE), "under way")

    assert log_lines(caplog) == [(CREATE, "create: 400", "hash 0"), (CREATE, "create: 401", "hash 1")]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


def log_lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    """Return the kind, the detail and the record of each hold in the log."""
    lines = [vars(record) for record in caplog.records if record.getMessage() == "configuration_hold"]
    return [(line["reason"], line["detail"], line["record"]) for line in lines]


@on_a_virtual_clock
async def test_failures_that_come_together_begin_one_hold() -> None:
    """The other processes' successes are read once, however many failures arrive meanwhile."""
    shared = Slow()
    admission = admission_with(shared)
    await asyncio.gather(*(fail(admission, [f"r{number}"]) for number in range(20)))
    assert shared.exchanges == 1
    assert await held(admission, CREATE)
    await admission.close()


@on_a_virtual_clock
async def test_a_decision_that_was_broken_off_is_taken_by_the_next_failure() -> None:
    """If the invocation that was about to hold a kind ends, the next record that fails does it."""
    admission = admission_with(Slow())
    await fail(admission, ["r1", "r2"])
    third = asyncio.create_task(fail(admission, ["r3"]))
    await asyncio.sleep(0)
    third.cancel()
    await asyncio.gather(third, return_exceptions=True)
    assert not await held(admission, CREATE)
    await fail(admission, ["r4"])
    assert await held(admission, CREATE)
    await admission.close()


@on_a_virtual_clock
async def test_operators_see_a_hold_until_somebody_succeeds() -> None:
    """All processes soon learn of a hold and its reason. A later success of its kind ends it there too."""
    shared = Memory()
    ours, theirs = admission_with(shared), admission_with(shared)
    await fail(ours, ["r1", "r2", "r3"])
    await asyncio.sleep(31)
    assert {kind: hold.detail for kind, hold in shared.state.held.items()} == {CREATE: "create: 403"}
    theirs.succeeded(UPDATE)
    await theirs.share()
    assert shared.state.held.keys() == {CREATE}
    theirs.succeeded(CREATE)
    await theirs.share()
    assert shared.state.held == {}
