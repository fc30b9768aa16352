"""Reads values of an event of an LMS by the expressions of its format."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from activities.intake.formats.expressions import Expression
from activities.intake.formats.values import NumbersAre, parse_identifier, parse_time


@dataclass(frozen=True, slots=True)
class PayloadReader:
    """Reads from `payload`. Times without a zone are in `zone`. Without an expression, every value is None."""

    payload: object
    numbers_are: NumbersAre | None
    zone: ZoneInfo | None

    def value(self, expression: Expression | None) -> object:
        """The value as it is."""
        return None if expression is None else expression(self.payload)

    def identifier(self, expression: Expression | None, field: str) -> str | None:
        """The value as an identifier.

        Raises:
            FieldError: the value is not an identifier.
        """
        return parse_identifier(self.value(expression), field)

    def time(self, expression: Expression | None, field: str) -> datetime | None:
        """The value as a time.

        Raises:
            FieldError: the value is not a time.
        """
        return parse_time(self.value(expression), field, self.numbers_are, self.zone)
