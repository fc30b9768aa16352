"""Reads the values of an LMS's event, using the expressions of its format."""

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

    Times without a zone are in `zone`. Apart from ISO 8601, they may also be written as in `dates_are`.
    `dropped` collects the names of optional values that couldn't be read.
    """

    payload: object
    numbers_are: NumbersAre | None
    zone: tzinfo | None
    dates_are: Sequence[DatePattern] = ()
    dropped: list[str] = field(default_factory=list)

    def value(self, expression: Expression | None) -> object:
        """Return the value as it is."""
        return None if expression is None else expression(self.payload)

    def identifier(self, expression: Expression | None, field: str) -> str | None:
        """Return the value as an identifier.

        Raises:
            FieldError: the value isn't an identifier.
        """
        return parse_identifier(self.value(expression), field)

    def time(self, expression: Expression | None, field: str) -> datetime | None:
        """Return the value as a time.

        Raises:
            FieldError: the value isn't a time.
        """
        return parse_time(self.value(expression), field, self.numbers_are, self.zone, self.dates_are)

    def due(self, expression: Expression | None, field: str) -> datetime | None:
        """Return the value as a due date, which is a time or a day.

        Raises:
            FieldError: the value is neither.
        """
        return parse_due(self.value(expression), field, self.numbers_are, self.zone, self.dates_are)

    def optional[Value](
        self, read: Callable[[Expression | None, str], Value], expression: Expression | None, field: str
    ) -> Value | None:
        """Read a value with `read`. If it can't be read, drop it and return None: the event can do without it."""
        try:
            return read(expression, field)
        except FieldError:
            self.drop(field)
            return None

    def drop(self, field: str) -> None:
        """Note that an optional value can't be used."""
        self.dropped.append(field)
