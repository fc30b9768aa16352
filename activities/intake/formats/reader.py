"""Reads values of an event of an LMS by the expressions of its format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from activities.intake.formats.dates import DatePattern
from activities.intake.formats.errors import FieldError
from activities.intake.formats.expressions import Expression
from activities.intake.formats.values import NumbersAre, parse_due, parse_identifier, parse_time


@dataclass(frozen=True, slots=True)
class PayloadReader:
    """Reads from `payload`. Without an expression, every value is None.

    Times without a zone are in `zone`. Besides ISO 8601, they may be written as in `dates_are`.
    `dropped` collects the names of optional values that could not be read.
    """

    payload: object
    numbers_are: NumbersAre | None
    zone: tzinfo | None
    dates_are: Sequence[DatePattern] = ()
    dropped: list[str] = field(default_factory=list)

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
        return parse_time(self.value(expression), field, self.numbers_are, self.zone, self.dates_are)

    def due(self, expression: Expression | None, field: str) -> datetime | None:
        """The value as a due date, which may be a day.

        Raises:
            FieldError: the value is neither.
        """
        return parse_due(self.value(expression), field, self.numbers_are, self.zone, self.dates_are)

    def optional[Value](
        self, read: Callable[[Expression | None, str], Value], expression: Expression | None, field: str
    ) -> Value | None:
        """What `read` reads, or None if it cannot be read, because no optional value costs the event."""
        try:
            return read(expression, field)
        except FieldError:
            self.drop(field)
            return None

    def drop(self, field: str) -> None:
        """Note that an optional value cannot be used."""
        self.dropped.append(field)
