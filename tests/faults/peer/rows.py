"""The table of all failures of a peer."""

from dataclasses import dataclass

from tests.faults.peer import bodies, connections, handshakes, heads, pages, records
from tests.faults.peer.table import ROWS, Row

__all__ = ["CASES", "ROWS", "Case", "Row"]
# Each of these modules adds its rows to the table.
_MODULES = (connections, handshakes, records, heads, bodies, pages)


@dataclass(frozen=True)
class Case:
    """A row, and whether the request takes effect before the failure."""

    row: Row
    effect: bool = False

    @property
    def name(self) -> str:
        """The name of the row, and whether the request takes effect if that can vary."""
        return f"{self.row.name}, after the effect" if self.effect and len(self.row.effects) > 1 else self.row.name


CASES: dict[str, Case] = {
    case.name: case for row in ROWS.values() for case in (Case(row, effect) for effect in row.effects)
}
