"""Checks of the running app, based on its heartbeat and on what its processes tell each other."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from activities import __version__
from activities.domain.outcomes import Reason
from activities.settings import Settings
from tools.operate.doctor.finding import Finding, bad, good
from tools.operate.doctor.permissions import of_roles
from tools.operate.doctor.storage import CLOCK_SECONDS
from tools.operate.status.mode import Mode
from tools.operate.status.reading import Status

# The heartbeat is written once a minute, but its process may have to start first.
_SILENT = 300.0
_LONG = 3600.0
FIXES: dict[str, str] = {
    Reason.MALFORMED: "find out who sends it; purge it",
    Reason.INVALID_EVENT: "correct the event in the LMS, have it sent again; purge it",
    Reason.UNSUPPORTED_VERSION: "deploy a version of the app that knows it; redrive",
    Reason.LEARNER_NOT_FOUND: "correct the directory or the table of people (`lms-sync people import`); redrive",
    Reason.LEARNER_AMBIGUOUS: "correct the directory, or have the LMS send a better reference; redrive",
    Reason.CONTENT_NOT_FOUND: "publish the course, wait for the catalogue to sync; redrive",
    Reason.LEARNER_UNLICENSED: "assign a licence for Viva Learning; redrive",
    Reason.CONTENT_NOT_OWNED: "correct the course's id or LEARNING_PROVIDER_ID; redrive",
    Reason.REJECTED_BY_GRAPH: "`lms-sync dead-letters show` says what Graph refused; correct it; redrive",
    Reason.RETRIES_EXHAUSTED: "wait until Graph is well; redrive",
    Reason.IDENTITY_CONFLICT: "see identity_conflict in docs/operations.md",
    Reason.HOST_POISON: "find out what failed (see poison in docs/operations.md); redrive",
}


def heartbeat(row: Mapping[str, object] | None, written: datetime | None) -> Iterator[Finding]:
    """Yield what the heartbeat says. `written` is when it was written, by storage's clock."""
    if row is None or written is None:
        yield bad(
            "heartbeat",
            "there is none: the app is stopped, not deployed, or refuses its settings; see no-telemetry in "
            "docs/operations.md",
        )
        return
    silent = (datetime.now(UTC) - written).total_seconds()
    yield (
        good("heartbeat", f"{max(0.0, silent):.0f} s old")
        if silent < _SILENT
        else bad("heartbeat", f"{silent / 60:.0f} minutes old: start the app; see no-telemetry in docs/operations.md")
    )
    if silent < _SILENT:
        yield good("settings", "the app has accepted them")
    yield _version(str(row.get("version", "")))
    yield _provider(str(row.get("provider_id", "")))
    yield _mode(Mode.told_by(row))
    yield _app_clock(row.get("clock"), written)
    yield from _identity(row)
    unknown = str(row.get("unknown") or "")
    if unknown:
        yield bad(
            "what the app counts", f"the app couldn't count {unknown}: see 'Who may do what' in docs/deployment.md"
        )


def graph(found: Status) -> Iterator[Finding]:
    """Yield what the app's processes have told each other about Graph."""
    if found.graph is None:
        return
    for kind, hold in sorted(found.graph.held.items()):
        yield bad(
            f"hold of {kind}",
            f"{hold.detail}: see configuration-hold in docs/operations.md; it ends by itself once the fault is fixed",
        )
    if not found.graph.held:
        yield good("holds")
    closed = found.graph.closed_until - found.at
    yield good("throttling", f"Graph is closed for {closed:.0f} s; the app is waiting" if closed > 0 else "")


def work(found: Status) -> Iterator[Finding]:
    """Yield what's waiting, and what has failed."""
    for queue in found.queues:
        if queue.queue.endswith("-poison"):
            yield (
                bad(f"messages on {queue.queue}", "find the cause, then run `lms-sync dead-letters redrive --poison`")
                if queue.depth
                else good(f"messages on {queue.queue}")
            )
    if found.records is not None:
        waits = found.oldest_waits or 0.0
        yield (
            good("records that wait", f"{found.records.total()} not settled")
            if waits < _LONG
            else bad(
                "records that wait", f"the oldest has waited {waits / 3600:.0f} h: see `lms-sync status` and the holds"
            )
        )
    if found.letters is not None:
        if not found.letters:
            yield good("dead letters")
        for reason, count in found.letters.most_common():
            yield bad(f"dead letters: {count} {reason}", FIXES.get(reason, "the app didn't write these; purge them"))


def _version(version: str) -> Finding:
    if version == __version__:
        return good("version", version)
    return bad(
        "version",
        f"the app is {version or 'unknown'}, this command is {__version__}: use the one from the app's release",
    )


def _provider(provider: str) -> Finding:
    name = str(Settings.model_fields["learning_provider_id"].alias)
    here = os.environ.get(name)
    if here is None or here == provider:
        return good("learning provider", provider)
    return bad(
        "learning provider", f"the app has {provider}, the environment here has {here}: correct {name} in one of them"
    )


def _mode(mode: Mode | None) -> Finding:
    """Say which mode it is. Shadow is intended, but it may be why somebody sees nothing."""
    if mode is None or mode.is_live:
        return good("mode", "not reported" if mode is None else str(mode))
    return good("mode", f"{mode}; see 'A first group of learners' in docs/deployment.md")


def _app_clock(clock: object, written: datetime) -> Finding:
    check = "clock of the app"
    if not isinstance(clock, float):
        return good(check, "not reported")
    ahead = clock - written.timestamp()
    if abs(ahead) <= CLOCK_SECONDS:
        return good(check)
    return bad(check, f"{ahead:+.0f} s off storage's clock: restart the app, or synchronise its machine's clock")


def _identity(row: Mapping[str, object]) -> Iterator[Finding]:
    if not row.get("has_token"):
        yield bad(
            "token", "the app doesn't get one: check its managed identity and AZURE_CLIENT_ID (docs/deployment.md)"
        )
        return
    yield good("token")
    yield from of_roles(_roles(row.get("roles")))


def _roles(text: object) -> set[str]:
    try:
        return {str(role) for role in json.loads(str(text))["roles"]}
    except (ValueError, LookupError, TypeError):
        return set()
