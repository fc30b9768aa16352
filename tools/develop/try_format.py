"""Try a format file on events of an LMS: print what each event means, and the request that Graph would get.

Run `python -m tools.develop.try_format FILE EVENT [EVENT ...]`. FILE is a format file; each EVENT is a file with one
message of the LMS. All events of one enrolment must lead to the same enrolment id. Nothing is sent.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from kiota_serialization_json.json_serialization_writer import JsonSerializationWriter

from activities.domain.desired import Desired, desired_state
from activities.domain.events import LearningEvent
from activities.domain.news import news_of
from activities.domain.record import ActivityRecord
from activities.domain.terms import OwnerIds, Reference, ResolvedIds
from activities.graph.bodies import create_body
from activities.intake.formats import FormatError, Formats, load_formats
from activities.intake.parse import Batch, Ignored, Refused, Understood, parse

PROVIDER = "<LEARNING_PROVIDER_ID>"


def formats_with(file: Path, sources: str | None) -> Formats:
    """Load the formats that come with the app, and the one in `file`.

    Raises:
        FormatError: the file or the sources are invalid.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            shutil.copy(file, folder)
        except OSError as error:
            raise FormatError(str(file), "", error.strerror or "cannot be read") from error
        return load_formats(Path(folder), sources)


def request_of(understood: Understood) -> str:
    """Return the request that this event alone would lead to."""
    event = understood.event
    record = ActivityRecord(event.enrollment_id).merged(news_of(event, understood.source))
    desired = desired_state(record, PROVIDER)
    if desired is None:
        return "none: this event alone does not lead to an activity"
    writer = JsonSerializationWriter()
    writer.write_object_value(None, create_body(desired, _named(desired)))
    body = json.dumps(json.loads(writer.get_serialized_content()), indent=2, ensure_ascii=False)
    return f"POST /employeeExperience/learningProviders/{PROVIDER}/learningCourseActivities\n{body}"


def _named(desired: Desired) -> ResolvedIds:
    """Return the references instead of ids; references that the app would look up are in angle brackets."""
    owner, assigner = desired.subject, desired.assigner
    ids = OwnerIds(_looked_up(owner.learner), _looked_up(owner.course))
    return ResolvedIds(ids, _looked_up(assigner) if assigner else None)


def _looked_up(reference: Reference) -> str:
    kind, value = reference
    return value if kind in {"entraObjectId", "learningContentId"} else f"<by {kind}: {' / '.join(value.splitlines())}>"


def show(name: str, body: bytes, formats: Formats, now: datetime) -> list[LearningEvent]:
    """Print what one message means that was put on the queue now, and return its events."""
    parsed = parse(body, formats, now, now)
    match parsed:
        case Understood(event, form, source):
            again = ", starts over after a completion" if parsed.enrols_again else ""
            print(f"{name}: {event.event_type} (format {form}, source {source}{again})\n")
            print(event.model_dump_json(by_alias=True, exclude_none=True, indent=2))
            print(f"\nGraph request: {request_of(parsed)}\n")
            return [event]
        case Ignored(form, kind):
            print(f"{name}: ignored, type {kind} (format {form})\n")
        case Refused(reason, detail, form):
            print(f"{name}: dead letter, {reason}: {detail} (format {form})\n")
        case Batch(items):
            print(f"{name}: a batch of {len(items)} events; each becomes a message of its own\n")
            shown = [show(f"{name} #{n}", item.encode(), formats, now) for n, item in enumerate(items, 1)]
            return [event for events in shown for event in events]
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 1 if a file is invalid or no event was understood."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="format file (.toml)")
    parser.add_argument("events", type=Path, nargs="+", metavar="event", help="file with one message of the LMS")
    parser.add_argument("--sources", help="value of the setting LMS_SOURCES")
    options = parser.parse_args(arguments)
    try:
        formats = formats_with(options.file, options.sources)
        bodies = [(event.name, event.read_bytes()) for event in options.events]
    except (FormatError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    now = datetime.now(UTC)
    found = [event for name, body in bodies for event in show(name, body, formats, now)]
    enrolments = {event.enrollment_id for event in found}
    print(f"messages: {len(bodies)}, events understood: {len(found)}, enrolments: {len(enrolments)}")
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
