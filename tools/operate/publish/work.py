"""The work of `validate`, `publish` and `backfill`, without their options."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from activities.intake.formats import Formats, built_in_formats
from tools.operate import screen
from tools.operate.publish.items import Item
from tools.operate.publish.journal import Journal
from tools.operate.publish.plan import Effect, Planned, planned
from tools.operate.publish.sending import send
from tools.operate.publish.show import LEFT_OUT, Report
from tools.operate.publish.sorting import Sorted
from tools.operate.publish.source import Source
from tools.operate.publish.verdict import Verdict, verdicts

_EFFECTS = {"refused": Effect.REFUSED, "ignored": Effect.IGNORED}


async def validate(source: Source, formats: Formats, report: Report) -> None:
    """Say what the app would make of each message."""
    now = datetime.now(UTC)
    with source.items() as items:
        for item in items:
            await _hear()
            for verdict in verdicts(item, formats, now):
                report.verdict(verdict)
    if not report.as_json:
        report.summary({name: report.counts[name] for name in ("understood", "ignored", "refused", LEFT_OUT)})


async def plan(source: Source, formats: Formats, report: Report, table: TableClient) -> None:
    """Say what publishing would change. It only reads the ledger."""
    now = datetime.now(UTC)
    with Sorted() as told, screen.progress() as progress:
        reading = progress.add_task("reading the source", total=source.lines())
        with source.items() as items:
            for item in items:
                await _hear()
                progress.advance(reading)
                for verdict in verdicts(item, formats, now):
                    told.add(verdict)
                    if verdict.became in _EFFECTS:
                        report.planned(_without_ledger(verdict))
        comparing = progress.add_task("comparing with the ledger", total=told.count)
        async for one in planned(told, table):
            progress.advance(comparing)
            report.planned(one)
    report.summary({name: report.counts[name] for name in (*(effect.value for effect in Effect), LEFT_OUT)})


async def _hear() -> None:
    """Give Ctrl-C a chance to end the loop. It takes effect only at an await, and the loop has no other."""
    await asyncio.sleep(0)


def _without_ledger(verdict: Verdict) -> Planned:
    return Planned(verdict.place, _EFFECTS[verdict.became], None, verdict.reason, verdict.detail)


@dataclass(frozen=True, slots=True)
class Publishing:
    """How to publish.

    Attributes:
        queue_name: the account and the queue. An interrupted run is only continued for the same ones.
        rate: the most messages to send per second.
        restart: don't continue an interrupted run, but start over.
        checks: send only what the app doesn't refuse, given these formats. None: send everything that fits a message.
    """

    queue_name: str
    rate: float | None = None
    restart: bool = False
    checks: Formats | None = None


async def publish(source: Source, queue: QueueClient, how: Publishing, report: Report) -> None:
    """Send the messages. If an earlier run was interrupted, continue it.

    Raises:
        Changed: the source isn't what it was when the run was interrupted.
        AzureError: storage refused a message.
    """
    now = datetime.now(UTC)
    left_out_before = report.counts[LEFT_OUT]

    def takes(item: Item) -> bool:
        if how.checks is None and item.fault is None:
            return True
        judged = list(verdicts(item, how.checks or built_in_formats(), now))
        for verdict in judged:
            if verdict.found:
                report.verdict(verdict)
        return all(verdict.became != "refused" for verdict in judged)

    with source.items() as items, screen.progress() as progress:
        journal = Journal.begin(source.file, how.queue_name, items, restart=how.restart)
        before = journal.done - journal.refused
        report.found |= journal.refused > 0
        sending = progress.add_task("publishing", total=source.lines(), completed=journal.done)
        sent = await send(
            items, queue, journal, takes=takes, rate=how.rate, done=lambda count: progress.advance(sending, count)
        )
    left_out = report.counts[LEFT_OUT] - left_out_before
    counts = {"sent": sent, "sentBefore": before, "refused": journal.refused, LEFT_OUT: left_out}
    report.published(counts, source.name, how.queue_name)
