"""Types of events, as a format tells them apart and counts them."""

import json
from pathlib import Path

import pytest

from activities.domain.outcomes import Reason
from activities.intake.formats import load_formats
from activities.intake.parse import Ignored, Refused, parse
from tests.activities.intake.formats.files import ACME, EVENT, folder_with


@pytest.mark.parametrize(
    ("event_type", "counted"), [("login", "login"), ("/courses/adele@contoso.com", "other"), ("x" * 300, "other")]
)
def test_only_names_of_types_are_counted(tmp_path: Path, event_type: str, counted: str) -> None:
    """A type may be the address of a page or other long text. That's counted as `other`."""
    formats = load_formats(folder_with(tmp_path, ACME))
    assert parse(json.dumps(EVENT | {"acme": event_type}).encode(), formats) == Ignored("acme", counted)


@pytest.mark.parametrize("event_type", [1, ["done"], {"a": 1}])
def test_a_type_that_is_not_text_is_refused(tmp_path: Path, event_type: object) -> None:
    """If a format's event has a type that can't be read, the event is broken and not ignored."""
    result = parse(json.dumps(EVENT | {"acme": event_type}).encode(), load_formats(folder_with(tmp_path, ACME)))
    assert result == Refused(Reason.INVALID_EVENT, "eventType: missing, or not text", "acme")
