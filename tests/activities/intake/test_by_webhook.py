"""Events by webhook: the sender's name is the source, whatever the body says, and a sender uses one format."""

import base64
import json
from typing import Any

import pytest

from activities.domain.terms import Reference
from activities.intake.formats import FormatError, load_formats
from activities.intake.parse import Batch, Ignored, ParseResult, Refused, Understood, parse
from activities.intake.result import NATIVE
from tests import EVENTS
from tests.activities.intake.cases import read
from tests.activities.intake.native import EVENT

MOODLE = read(EVENTS / "moodle" / "completed-at-a-host.json")["event"]
XAPI = read(EVENTS / "xapi" / "completed.json")["event"]
SENDERS = {"hr": NATIVE, "moodle": "moodle", "lrs": "xapi", "canvas": "xapi"}


def by_webhook(sender: str, data: object, **more: object) -> dict[str, Any]:
    """Return the queue message of a delivery."""
    said = {"specversion": "1.0", "type": "lms.webhook", "source": sender, "id": "1", "time": "2026-01-15T09:00:00Z"}
    return {**said, "data": data, **more}


def outcome(message: object, sources: dict[str, Any] | None = None) -> ParseResult:
    """Return what becomes of a message, with these settings of sources."""
    formats = load_formats(sources=json.dumps(sources or {}), senders=SENDERS)
    return parse(json.dumps(message).encode(), formats)


def understood(message: object, sources: dict[str, Any] | None = None) -> Understood:
    """Return the event in a message."""
    parsed = outcome(message, sources)
    assert isinstance(parsed, Understood), parsed
    return parsed


def account(source: str) -> dict[str, Any]:
    """Return an LMS account, as native events name it."""
    return {"lmsAccount": {"source": source, "id": "42"}}


def test_the_source_is_the_sender() -> None:
    """No event from the queue has the same source, even if a format has the sender's name."""
    assert understood(by_webhook("moodle", MOODLE)).source == "webhook/moodle"
    assert understood(MOODLE | {"host": None}).source == "moodle"
    assert understood(MOODLE).source == "moodle:moodle.contoso.com"
    assert understood(by_webhook("hr", EVENT)).source == "webhook/hr"
    assert understood(by_webhook("moodle", MOODLE | {"host": ["not", "a", "name"]})).source == "webhook/moodle"


def test_enrolments_of_senders_are_their_own() -> None:
    """The same event by two ways belongs to two enrolments."""
    queue, one = understood(MOODLE), understood(by_webhook("moodle", MOODLE))
    assert queue.event.enrollment_id != one.event.enrollment_id
    assert understood(by_webhook("hr", EVENT)).event.enrollment_id == f"hr:{EVENT['enrollmentId']}"


def test_accounts_are_the_senders_own() -> None:
    """Otherwise a sender could name another LMS's accounts."""
    terms = {"type": "required", "assigner": account("payroll")}
    told = by_webhook("hr", EVENT | {"learner": account("payroll"), "assignment": terms})
    event = understood(told).event
    assert event.learner is not None
    assert event.learner.reference == Reference("lmsAccount", "hr\n42")
    assert event.assignment is not None
    assert event.assignment.assigner is not None
    assert event.assignment.assigner.reference == Reference("lmsAccount", "hr\n42")
    statement = XAPI | {"actor": {"account": {"homePage": "https://lms.contoso.com", "name": "42"}}}
    for sent, source in ((statement, "https://lms.contoso.com"), (by_webhook("lrs", statement), "lrs")):
        learner = understood(sent).event.learner
        assert learner is not None
        assert learner.reference == Reference("lmsAccount", f"{source}\n42")


INSIDE: dict[str, object] = {
    "a bus event": {"specversion": "1.0", "type": "t", "source": "other", "id": "1", "data": EVENT},
    "what looks like another sender's delivery": by_webhook("moodle", EVENT),
    "JSON in JSON": json.dumps(by_webhook("moodle", EVENT)),
    "a batch of one": [by_webhook("moodle", EVENT)],
}


@pytest.mark.parametrize("body", INSIDE.values(), ids=INSIDE)
def test_what_the_body_says_about_its_source_is_not_believed(body: object) -> None:
    """Only the door writes the outermost layer."""
    for sources in ({}, {"native:other": {"formerly": "native"}}, {"moodle": {"formerly": "native"}}):
        parsed = understood(by_webhook("hr", body), sources)
        assert (parsed.source, parsed.formerly) == ("webhook/hr", None)


def test_the_items_of_a_batch_keep_their_sender() -> None:
    """Each becomes its own message."""
    parsed = outcome(by_webhook("hr", [EVENT, EVENT | {"enrollmentId": "other"}]))
    assert isinstance(parsed, Batch)
    assert {understood(json.loads(item)).source for item in parsed.items} == {"webhook/hr"}


@pytest.mark.parametrize(
    ("sender", "data"), [("hr", MOODLE), ("moodle", EVENT), ("moodle", XAPI), ("lrs", MOODLE), ("lrs", {"any": 1})]
)
def test_a_sender_sends_in_its_own_format_only(sender: str, data: object) -> None:
    """So what a format says about identity holds for everything that the sender sends."""
    parsed = outcome(by_webhook(sender, data))
    assert isinstance(parsed, Refused)
    assert parsed.detail in {"not an event in its sender's format", "no format recognises it"}


def test_the_events_of_a_sender_that_was_removed_still_count() -> None:
    """They were accepted while the sender was known. They don't change any other source."""
    assert understood(by_webhook("gone", MOODLE)).source == "webhook/gone"
    assert understood(by_webhook("gone", EVENT)).source == "webhook/gone"


def test_the_time_of_receipt_serves_for_events_without_a_time() -> None:
    """As in any other CloudEvent."""
    event = {name: value for name, value in EVENT.items() if name != "occurredAt"}
    parsed = outcome(by_webhook("hr", event))
    assert isinstance(parsed, Refused)  # a native event has to say it
    statement = {name: value for name, value in XAPI.items() if name not in {"timestamp", "stored"}}
    assert understood(by_webhook("lrs", statement)).event.occurred_at.isoformat() == "2026-01-15T09:00:00+00:00"


def test_a_body_that_cannot_be_read_is_refused() -> None:
    """It becomes a dead letter, where everybody can see it."""
    message = by_webhook("hr", None, data_base64=base64.b64encode(b"<xml/>").decode())
    assert isinstance(outcome(message), Refused)
    assert isinstance(outcome(by_webhook("hr", None)), Refused)
    assert isinstance(outcome(by_webhook("hr", [])), Ignored)


def test_a_sender_has_settings_by_its_name() -> None:
    """They fit its format, and take precedence over the format's settings."""
    sources = {"lrs": {"timeZone": "Europe/Berlin"}, "xapi": {"enrolments": "selfInitiated"}}
    assert understood(by_webhook("lrs", XAPI), sources).event.activity is None
    assert understood(by_webhook("canvas", XAPI), sources).event.activity == "selfInitiated"


def test_settings_of_a_sender_are_not_those_of_a_format_that_it_does_not_send() -> None:
    """The sender canvas sends xAPI here, so its settings say nothing about Canvas's own events."""
    sources = {"canvas": {"enrolments": "assignment"}}
    assert understood(by_webhook("canvas", XAPI), sources).event.activity == "assignment"
    progress = read(EVENTS / "canvas" / "progressed.json")["event"]
    assert understood(progress, sources).event.activity is None


def test_a_sender_goes_on_with_the_records_that_its_lms_had_on_the_queue() -> None:
    """Enrolments, accounts and owner stay as they were, so nobody gets a second activity."""
    before, after = understood(EVENT), understood(by_webhook("hr", EVENT), {"hr": {"formerly": "native"}})
    assert (after.event, after.formerly) == (before.event, "native")
    queue = understood(MOODLE | {"host": None})
    for sources in ({"moodle": {"formerly": "moodle"}}, {"moodle": {"formerly": "moodle"}, "moodle:a": {}}):
        moved = understood(by_webhook("moodle", MOODLE), sources)
        assert (moved.event.enrollment_id, moved.event.learner) == (queue.event.enrollment_id, queue.event.learner)
        assert (moved.source, moved.formerly) == ("webhook/moodle", "moodle")
        assert understood(MOODLE | {"host": None}, sources).formerly is None


@pytest.mark.parametrize("former", ["webhook/lrs", "webhook/hr", "webhook/", "webhook/No", "webhook/a/b"])
def test_a_sender_takes_no_other_senders_records(former: str) -> None:
    """If another sender still sends, the records are its own. A former name has to be one that a sender can have."""
    with pytest.raises(FormatError, match=r"hr\.formerly"):
        load_formats(sources=json.dumps({"hr": {"formerly": former}}), senders=SENDERS)


def test_settings_of_a_sender_whose_entry_is_wrong_stop_nothing() -> None:
    """The queue and the other senders continue. What was accepted from it is read in whatever format it is."""
    formats = load_formats(sources=json.dumps({"lrs": {"acceptUntyped": True}}), senders=SENDERS | {"lrs": ""})
    parsed = parse(json.dumps(by_webhook("lrs", XAPI)).encode(), formats)
    assert isinstance(parsed, Understood)
    assert parsed.source == "webhook/lrs"


def test_a_sender_goes_on_under_another_name() -> None:
    """A sender's former name is the one in its records."""
    old = understood(by_webhook("old", EVENT | {"learner": account("x")}))
    new = understood(by_webhook("hr", EVENT | {"learner": account("x")}), {"hr": {"formerly": "webhook/old"}})
    assert (new.event, new.source, new.formerly) == (old.event, "webhook/hr", "webhook/old")


def test_settings_of_a_sender_fit_its_format() -> None:
    """A sender of native events can have only the settings for native events."""
    with pytest.raises(FormatError, match=r"hr\.passedCompletes"):
        load_formats(sources=json.dumps({"hr": {"passedCompletes": False}}), senders=SENDERS)


def test_settings_of_senders_that_cannot_be_known_are_let_pass() -> None:
    """While WEBHOOKS can't be read, the queue's events continue."""
    sources = json.dumps({"lrs": {"timeZone": "Europe/Berlin"}})
    assert load_formats(sources=sources, senders=None).sources.by_name
    with pytest.raises(FormatError, match="no such format or sender"):
        load_formats(sources=sources, senders={})


def test_other_events_of_a_bus_are_no_deliveries() -> None:
    """Their source is a publisher, which doesn't own any sender's records."""
    assert understood(by_webhook("hr", EVENT, type="other")).source == "native"
