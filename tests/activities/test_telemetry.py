"""What operators see in logs, spans and metrics, which contain no learner data."""

import io
import json
import logging
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from azure.core.settings import settings as azure_sdk
from opentelemetry import metrics, trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from activities import telemetry
from activities.service import Service
from activities.settings import Settings
from tests.faults.proxied import Proxied
from tests.heartbeat import beat
from tests.unreadable import SECRET, UNREADABLE, answer_as_the_service
from tools.develop.simulator import Content, Simulator, User

METRICS = InMemoryMetricReader()
SPANS = InMemorySpanExporter()


@pytest.fixture(scope="module", autouse=True)
def _providers() -> Iterator[None]:
    """Set up what Azure Monitor's distribution sets up in a worker: providers, and spans of the Azure SDK and httpx."""
    metrics.set_meter_provider(MeterProvider([METRICS]))
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(SPANS))
    trace.set_tracer_provider(provider)
    HTTPXClientInstrumentor().instrument()
    azure_sdk.tracing_implementation = "opentelemetry"
    yield
    azure_sdk.tracing_implementation.unset_value()
    HTTPXClientInstrumentor().uninstrument()


@dataclass
class Seen:
    """Everything that left the process in a log, a span or a metric."""

    log: io.StringIO = field(default_factory=io.StringIO)

    def text(self) -> str:
        """Return all of it as text."""
        data = METRICS.get_metrics_data()
        spans = [span.to_json() for span in SPANS.get_finished_spans()]
        return "\n".join([self.log.getvalue(), data.to_json() if data else "", *spans])


class _Everything(logging.Formatter):
    """Formats each log record with all its attributes and its exception."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record) + repr(vars(record))


@pytest.fixture
def seen() -> Iterator[Seen]:
    """Collect spans, metrics, and the logs of all loggers from level DEBUG on."""
    SPANS.clear()
    seen = Seen()
    handler = logging.StreamHandler(seen.log)
    handler.setFormatter(_Everything())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield seen
    root.removeHandler(handler)
    root.setLevel(before)


@dataclass(frozen=True)
class Canary:
    """A learner whose data is all one random text, which a test can search for."""

    token: str = field(default_factory=lambda: "canary" + secrets.token_hex(8))

    @property
    def guid(self) -> str:
        """Return an object id that nothing else has."""
        hexadecimal = self.token.removeprefix("canary")
        return f"{hexadecimal[:8]}-{hexadecimal[8:12]}-4000-8000-{hexadecimal[:12]}"

    def event(self, kind: str, name: str, **more: object) -> dict[str, object]:
        """Return an event of an enrolment with this name."""
        return {
            "specVersion": "1.0",
            "eventId": f"{name}-{self.token}",
            "eventType": f"course.{kind}",
            "occurredAt": "2026-03-01T09:00:00Z",
            "enrollmentId": f"{self.token}-{name}",
            "learner": {"email": f"{self.token}@contoso.example"},
            "course": {"externalId": f"{self.token}-course"},
            "vendorField": self.token,
            **more,
        }

    def events(self) -> list[dict[str, object]]:
        """Return one event for each path that a message can take."""
        terms = {
            "type": "required",
            "assigner": {"employeeId": self.token},
            "notes": {"contentType": "text", "content": f"Dear {self.token}"},
        }
        wrong_zone = {**terms, "dueAt": {"dateTime": "2026-01-01T00:00", "timeZone": self.token}}
        nobody, account = {"userPrincipalName": f"no-{self.token}@x.example"}, {"source": "s", "id": self.token}
        event = self.event
        return [
            event("assigned", "fine", assignment=terms),
            event("completed", "fine", occurredAt="2026-03-02T09:00:00Z"),
            event("unassigned", "gone"),
            event("assigned", "unlicensed", assignment=terms, learner={"entraObjectId": self.guid}),
            event("assigned", "unknown", assignment=terms, learner=nobody),
            event("assigned", "account", assignment=terms, learner={"lmsAccount": account}),
            event("completed", "no course", course={"externalId": f"missing {self.token}"}),
            event("assigned", "rejected", assignment=wrong_zone),
            event("assigned", self.token, assignment={"type": self.token}),
            event(self.token, "odd type"),
            event("completed", "odd version", specVersion=self.token),
            event("completed", "throttled"),
            event("completed", "broken"),
        ]


@pytest.fixture
async def canary(simulator: Simulator) -> Canary:
    """A canary that Graph knows by an address, and once more as a user without a licence."""
    canary = Canary()
    person = User(
        id="11111111-0000-4000-8000-00000000000a",
        user_principal_name=f"{canary.token}@contoso.example",
        employee_id=canary.token,
    )
    simulator.config.users = (person,)
    simulator.config.contents = (Content(id=f"{canary.token}-content", external_id=f"{canary.token}-course"),)
    simulator.config.unlicensed_learners = {canary.guid}
    simulator.fault(operation="create", containing="throttled", status=429, retry_after="1")
    simulator.fault(operation="create", containing="broken", reset="after")
    return canary


async def test_learner_data_is_in_no_log_span_or_metric(service: Service, canary: Canary, seen: Seen) -> None:
    """Whatever becomes of a message, the canary's address, ids, notes and bodies are nowhere in the telemetry."""
    outcomes = [await service.handler.event(json.dumps(event).encode()) for event in canary.events()]
    outcomes.append(await service.handler.event(f"not json {canary.token}".encode()))
    outcomes.append(await service.handler.poison(json.dumps(canary.events()[0]).encode()))
    await beat(service.settings)

    text = seen.text()
    assert {"Done", "Retry", "DeadLetter"} == {type(outcome).__name__ for outcome in outcomes}
    assert "event_done" in text
    assert "lms.event.age" in text
    assert "graph.requests" in text
    assert "lms.queue.depth" in text
    assert "lms.queue.oldest_age" in text
    assert "lms.received" in text
    assert "lms.letters.oldest_age" in text
    assert "lms.records.oldest_wait" in text
    assert "QueueClient.send_message" in text, "the Azure SDK writes spans here, as it does in Azure"
    leaks = [line for line in text.splitlines() if canary.token in line or canary.guid in line]
    assert leaks == []


async def test_learner_data_is_in_no_exception(
    environment: Mapping[str, str], canary: Canary, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host logs an exception with its causes, so none of them may say anything about the learner."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    # Without the table, events are held. Without the queue they can't be, which is left to the host.
    monkeypatch.setenv("ACTIVITIES_TABLE", "thereisnosuchtable")
    monkeypatch.setenv("LMS_EVENTS_RETRY_QUEUE", "there-is-no-such-queue")
    service = Service(Settings())
    try:
        for event in canary.events()[:2]:
            try:
                await service.handler.event(json.dumps(event).encode())
            except Exception:
                logging.getLogger("host").exception("the host's own line")
    finally:
        await service.close()

    text = seen.text()
    assert "the host's own line" in text
    assert canary.token not in text


async def test_a_message_that_nobody_can_read_is_in_no_log_span_or_metric(
    environment: Mapping[str, str], seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Azure SDK writes its exceptions into spans, and the one about such a message quotes it."""
    async with Proxied(dict(environment)) as proxied:
        answer_as_the_service(proxied)
        for name, value in proxied.environment.items():
            monkeypatch.setenv(name, value)
        service = Service(Settings())
        await service.storage.queue(service.settings.events_queue).send_message(UNREADABLE)
        await beat(service.settings)
        await service.close()

    text = seen.text()
    assert "QueueClient.peek_messages" in text
    assert "queue_unreadable" in text
    assert "lms.queue.unreadable" in text
    assert SECRET not in text


@pytest.mark.parametrize(("arguments", "record"), [((), None), (("hash",), "hash")], ids=["storage", "a record"])
def test_a_hold_is_logged(arguments: tuple[str, ...], record: str | None, caplog: pytest.LogCaptureFixture) -> None:
    """A hold's line has reason and detail, and the hash of the record that met the fault, if one did."""
    telemetry.held("create/assignment", "create: 403", *arguments)
    [line] = [vars(line) for line in caplog.records]
    assert (line["message"], line["reason"], line["detail"]) == (
        "configuration_hold",
        "create/assignment",
        "create: 403",
    )
    assert line.get("record") == record


async def test_the_search_finds_a_planted_leak(canary: Canary, seen: Seen) -> None:
    """The tests above would notice learner data in a log line, a span and a metric."""
    for plant in (
        lambda: logging.getLogger("anything").debug("learner %s", canary.token),
        lambda: trace.get_tracer("t").start_span("s", attributes={"url.full": canary.token}).end(),
        lambda: telemetry.requested(canary.token, 200),
    ):
        before = seen.text().count(canary.token)
        plant()
        assert seen.text().count(canary.token) > before


async def test_the_http_client_is_instrumented(canary: Canary, seen: Seen) -> None:
    """Outside the service, httpx does write URLs into spans. So it means something that the tests above find none."""
    import httpx  # noqa: PLC0415  after instrumentation

    with pytest.raises(httpx.TransportError):
        async with httpx.AsyncClient() as client:
            await client.get(f"http://127.0.0.1:9/{canary.token}")

    assert canary.token in seen.text()
