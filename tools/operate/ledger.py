"""`lms-sync ledger`: the rows of the ledger."""

from typing import Annotated

import typer

from activities.domain.record import FORGOTTEN
from activities.domain.sync_state import HELD_BACK, SETTLED
from activities.storage.keys import RECORDS
from tools.operate import screen
from tools.operate.command import PersonalSession, command
from tools.operate.troubles import Exit

app = typer.Typer(help="The rows of the ledger: one for each enrolment.", no_args_is_help=True)

# What says nothing about a person: keys, states, times, counts.
_IMPERSONAL = (
    ["RowKey", "version", "state", "latest_event", "waiting_since", "parked", "letter", "sweep"]
    + ["activity_since", "activity_acknowledged", "activity_completed", "attempt_conclusive_from", "known_confirmed"]
    + ["replacing_former", "replacing_wanted", "replacing_restores"]
    + ["refused_wanted", "refused_former", "refused_until", "refused_seen"]
    + ["lease_until", "retry_until", "retry_awaits_kind", "check_at", "check_differed", "forgotten_until"]
    + [f"failing_{name}" for name in ("tries", "kind", "seen", "at", "missing", "refusals", "unclear", "absent")]
)

_STATES = (SETTLED, "waiting", "unclear", "parked", HELD_BACK, FORGOTTEN)


def _known(state: str) -> str:
    if state not in _STATES:
        raise typer.BadParameter(f"there is no such state, but {', '.join(_STATES)}")
    return state


@command(app, needs="Storage Table Data Reader on the ledger")
async def export(
    session: PersonalSession,
    state: Annotated[
        str | None,
        typer.Option(
            "--state", metavar="STATE", parser=_known, help=f"Only records in this state: {', '.join(_STATES)}."
        ),
    ] = None,
) -> int:
    """Print every row as one JSON object a line, without what is about people unless that is asked for."""
    query, values = RECORDS, {}
    if state is not None:
        query, values = f"{query} and state eq @state", {"state": state}
    columns = None if session.show_personal_data else _IMPERSONAL
    async with session.account() as account:
        async for row in account.activities.query_entities(query, parameters=values, select=columns):
            said = {name: value for name, value in row.items() if name not in ("PartitionKey", "RowKey")}
            screen.line(screen.as_json({"record": row["RowKey"]} | said))
    return Exit.GOOD
