"""`lms-sync doctor`: what's wrong, and what to do about it."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from tools.operate import screen
from tools.operate.account import BY_NAME, BY_STRING, Account
from tools.operate.command import Session, command
from tools.operate.doctor import app as running
from tools.operate.doctor import preflight as before
from tools.operate.doctor import storage
from tools.operate.doctor.finding import Finding
from tools.operate.status.reading import NEEDS, read
from tools.operate.troubles import Exit

app = typer.Typer()


@command(app, needs=NEEDS)
async def doctor(
    session: Session,
    *,
    preflight: Annotated[
        bool,
        typer.Option(
            "--preflight",
            help="Check before a deployment: settings in the environment, tools and sign-in, and storage if an "
            "account is named.",
        ),
    ] = False,
) -> int:
    """Check storage, your rights, the clocks and the app (token, permissions, provider, holds), and say what to fix.

    Each check prints a line: what it checked, whether that's all right, and if not, what to do. Nothing is changed.
    """
    findings: list[Finding] = []
    if preflight:
        findings += await before.checks()
    if not preflight or _named(session):
        async with session.account() as account:
            findings += await storage.checks(account)
            if not preflight:
                findings += await _app(account)
    show(findings, as_json=session.json)
    return Exit.GOOD if all(finding.ok for finding in findings) else Exit.FINDINGS


async def _app(account: Account) -> list[Finding]:
    """Check the running app. The storage checks report what can't be read."""
    found = await read(account)
    heartbeat: list[Finding] = []
    if "graph" not in found.troubles:
        row = found.heartbeat
        written = getattr(row, "metadata", {}).get("timestamp")
        heartbeat += running.heartbeat(row, written if isinstance(written, datetime) else None)
    return [*heartbeat, *running.graph(found), *running.work(found)]


def show(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Print a line for each finding."""
    if as_json:
        for finding in findings:
            screen.line(screen.as_json({"check": finding.check, "ok": finding.ok, "fix": finding.fix}))
        return
    for finding in findings:
        mark, fix = "ok " if finding.ok else "NOT", f": {finding.fix}" if finding.fix else ""
        screen.folded(f"{mark}  {finding.check}{fix}", indent=5, style=None if finding.ok else "red")
    wrong = sum(not finding.ok for finding in findings)
    screen.line(f"{len(findings)} checks, {wrong or 'nothing'} to put right", style="bold")


def _named(session: Session) -> bool:
    return bool(session.account_name or session.connection_string or {BY_NAME, BY_STRING} & os.environ.keys())
