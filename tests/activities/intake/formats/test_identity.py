"""Learners, courses and enrolments, as formats identify them."""

import json
from pathlib import Path

import pytest

from activities.domain.outcomes import Reason
from activities.intake.formats import load_formats
from activities.intake.parse import Refused, Understood, parse
from tests import EVENTS
from tests.activities.intake.cases import read
from tests.activities.intake.formats.files import ACME, EVENT, folder_with


def test_other_enrolments_have_other_ids() -> None:
    """Another learner, another course or another installation is another enrolment."""
    event = read(EVENTS / "docebo" / "completed.json")["event"]
    others = [
        event,
        event | {"payload": event["payload"] | {"user_id": 1}},
        event | {"payload": event["payload"] | {"course_id": 1}},
        event | {"original_domain": "other.docebosaas.com"},
    ]
    parsed = [parse(json.dumps(other).encode()) for other in others]
    assert len({result.event.enrollment_id for result in parsed if isinstance(result, Understood)}) == len(others)


def test_a_withdrawal_may_name_its_enrolment_only() -> None:
    """An unassignment with the LMS's own id of the enrolment needs no course."""
    event = read(EVENTS / "workramp" / "unassigned.json")["event"]
    whole = parse(json.dumps(event).encode())
    bare = parse(json.dumps(event | {"guide": None}).encode())
    assert isinstance(whole, Understood)
    assert isinstance(bare, Understood)
    assert bare.event.enrollment_id == whole.event.enrollment_id
    assert bare.event.course is None


def test_accounts_of_canvas_keep_their_database() -> None:
    """A user of another database keeps the global id, because Canvas uses it for that user everywhere."""
    event = read(EVENTS / "canvas" / "assigned.json")["event"]
    event["body"]["user_id"] = "99990000000000345"
    parsed = parse(json.dumps(event).encode())
    assert isinstance(parsed, Understood)
    assert parsed.event.learner is not None
    assert parsed.event.learner.reference[1].endswith("\n99990000000000345")


@pytest.mark.parametrize(("missing", "field"), [("who", "learner"), ("what", "course")])
def test_an_enrolment_without_an_id_needs_learner_and_course(tmp_path: Path, missing: str, field: str) -> None:
    """Without either, even a withdrawal cannot be matched to its enrolment."""
    formats = load_formats(folder_with(tmp_path, ACME.replace("course.completed", "course.unassigned")))
    result = parse(json.dumps(EVENT | {missing: None}).encode(), formats)
    assert result == Refused(Reason.INVALID_EVENT, f"{field}: missing", "acme")


def test_an_address_in_other_letters_is_the_same_enrolment(tmp_path: Path) -> None:
    """Enrolment ids are made from addresses in lower case, without `mailto:`."""
    formats = load_formats(folder_with(tmp_path, ACME))
    addresses = ("adele@contoso.com", "Adele@Contoso.com", "mailto:adele@contoso.com")
    parsed = [parse(json.dumps(EVENT | {"who": address}).encode(), formats) for address in addresses]
    assert {type(result) for result in parsed} == {Understood}
    assert len({result.event.enrollment_id for result in parsed if isinstance(result, Understood)}) == 1
