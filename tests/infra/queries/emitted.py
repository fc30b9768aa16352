"""What the app emits: each function of activities/telemetry.py is called, and the output is recorded.

`python -m tests.infra.queries.emitted` prints it. It needs its own process, which has one provider.
"""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_args

from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import Histogram, InMemoryMetricReader, Metric, NumberDataPoint
from pydantic import BaseModel, TypeAdapter

from activities import telemetry
from activities.domain.outcomes import Action, DeadLetter, Done, Reason, Retry, RetryReason
from tests import ROOT


class Instrument(BaseModel):
    """A metric: whether it's a histogram, and its attributes with the values that were seen."""

    histogram: bool
    attributes: dict[str, set[str]]


class Emitted(BaseModel):
    """Metrics by name, and log lines by name with their fields."""

    metrics: dict[str, Instrument]
    lines: dict[str, set[str]]


@cache
def emitted() -> Emitted:
    """Return everything that the app can emit."""
    done = subprocess.run([sys.executable, "-m", __name__], cwd=ROOT, capture_output=True, check=True)
    return TypeAdapter(Emitted).validate_json(done.stdout)


def emit() -> None:
    """Call every function that emits something, with every value that's from a fixed set."""
    about: telemetry.Fields = {"format": "native", "event_type": "course.assigned", "attempt": 1, "record": "hash"}
    error = ValueError("text")
    telemetry.received()
    for action in Action:
        telemetry.handled(Done(action), about)
    for why in RetryReason:
        telemetry.handled(Retry(1.0, why), about)
    for reason in Reason:
        telemetry.handled(DeadLetter(reason, "detail", "id"), about)
        telemetry.lying(reason, 1, 1.0)
    for waits_for in get_args(telemetry.WaitsFor):
        telemetry.waiting(1.0, waits_for)
    telemetry.acknowledged(datetime.now(UTC))
    telemetry.requested("create", 201)
    telemetry.dropped("native", "dueAt")
    telemetry.untyped("xapi", "completed")
    telemetry.answered("sender", 200)
    telemetry.closed("sender", "detail")
    telemetry.not_taken(error)
    telemetry.drifted("status")
    telemetry.held("ledger", "detail", "hash")
    telemetry.unexpected(error)
    telemetry.measured("queue", 1, 1.0)
    telemetry.unreadable("queue", 1, "detail")


def _found(reader: InMemoryMetricReader) -> Iterator[Metric]:
    data = reader.get_metrics_data()
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            yield from scope.metrics


def _instrument(metric: Metric) -> Instrument:
    attributes: dict[str, set[str]] = {}
    for point in metric.data.data_points:
        assert isinstance(metric.data, Histogram) or isinstance(point, NumberDataPoint)
        for name, value in (point.attributes or {}).items():
            attributes.setdefault(name, set()).add(str(value))
    return Instrument(histogram=isinstance(metric.data, Histogram), attributes=attributes)


class _Lines(logging.Handler):
    """Keeps the names of log lines and their fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, set[str]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        plain: dict[str, Any] = vars(logging.makeLogRecord({}))
        fields = set(vars(record)) - set(plain) - {"message", "asctime"}
        self.found.setdefault(record.getMessage(), set()).update(fields)


def main() -> None:
    """Print what's emitted."""
    reader, lines = InMemoryMetricReader(), _Lines()
    metrics.set_meter_provider(MeterProvider([reader]))
    logging.getLogger("activities").addHandler(lines)
    telemetry.set_levels()
    emit()
    found = Emitted(metrics={metric.name: _instrument(metric) for metric in _found(reader)}, lines=lines.found)
    sys.stdout.write(json.dumps(found.model_dump(mode="json"), indent=1))


if __name__ == "__main__":
    main()
