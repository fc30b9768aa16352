"""The demo's cases: what's published, and what's expected."""

import base64
import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.develop.demo.tenant import ALEX, ALEX_NAME, CANVAS, FIRST_AID, LEARNER, UNLICENSED
from tools.develop.senders import LMS, LRS

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
SELF_INITIATED = "e-self-initiated"  # the reference's two examples have the same external id
PROCESS, RETRY = "process_event", "retry_event"
WEBHOOK, STATEMENTS = "receive_webhook", "receive_statements"


@dataclass(frozen=True, slots=True)
class Case:
    """A message and its expected effects."""

    title: str
    message: str | None  # None: the dead letters with the reason `redrive` are redriven instead
    requests: tuple[str, ...] = ()  # the expected requests to Graph, as "operation status"
    letters: tuple[str, ...] = ()  # the reasons of the expected dead letters
    functions: tuple[str, ...] = (PROCESS,)  # the invocations after which the case is complete
    redrive: str = ""
    sender: str = ""  # who sends the message by webhook; if empty, it's put on the queue
    fault: Mapping[str, Any] = field(default_factory=dict)  # a scripted fault in Graph
    tenant: Mapping[str, Any] = field(default_factory=dict)  # changes to the simulator's configuration


def _event(enrolment: str, kind: str, at: str, **parts: object) -> dict[str, Any]:
    return {
        "specVersion": "1.0",
        "eventId": f"{enrolment} {kind} {at}",
        "eventType": f"course.{kind}",
        "occurredAt": at,
        "enrollmentId": enrolment,
        "learner": {"entraObjectId": LEARNER},
        "course": {"learningContentId": "57baf9dc-e020-11ec-9d64-0242ac120002"},
        **parts,
    }


def _xapi(verb: str = "completed", of: str = "course", at: str = "2026-01-15T10:00:00Z") -> dict[str, Any]:
    return {
        "actor": {"objectType": "Agent", "mbox": f"mailto:{ALEX_NAME}"},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": FIRST_AID, "definition": {"type": f"http://adlnet.gov/expapi/activities/{of}"}},
        "timestamp": at,
    }


def _canvas() -> dict[str, Any]:
    return {
        "metadata": {
            "event_name": "course_progress",
            "event_time": "2026-01-15T10:00:00.000Z",
            "root_account_id": "21070000000000001",
            "root_account_uuid": CANVAS,
        },
        "body": {
            "user": {"id": "42", "email": ALEX_NAME},
            "course": {"id": "1001"},
            "progress": {"requirement_count": 4, "requirement_completed_count": 1},
        },
    }


def cases() -> list[Case]:
    """Return the cases in order."""
    return [*_one_enrolment(), *_other_formats(), *_webhooks(), *_failures()]


def _one_enrolment() -> list[Case]:
    """Return cases about one enrolment, from assignment to completion, and a self-initiated course."""
    assigned = (EXAMPLES / "assignment.json").read_text()
    enrolment = json.loads(assigned)["enrollmentId"]
    started = json.loads((EXAMPLES / "self-initiated.json").read_text()) | {"enrollmentId": SELF_INITIATED}
    completed = json.dumps(_event(enrolment, "completed", "2022-03-01T15:30:00+00:00"))
    progressed = _event(enrolment, "progressed", "2022-02-01T09:00:00+00:00", progress={"percentage": 60})
    late = progressed | {"eventId": "late", "occurredAt": "2022-02-20T09:00:00+00:00", "progress": {"percentage": 80}}
    stray = _event(enrolment, "progressed", "2022-04-01T09:00:00+00:00", learner={"entraObjectId": ALEX})
    return [
        Case("Assigned (first example of the Graph reference)", assigned, ("create 201",)),
        Case("Started (second example), in base64", _base64(started), ("create 201",)),
        Case("Progress: 60 %", json.dumps(progressed), ("update 204",)),
        Case("Completion", completed, ("update 204",)),
        Case("The same completion again", completed),
        Case("Progress from before the completion, delivered late", json.dumps(late)),
        Case("Another learner's event, same enrolment id", json.dumps(stray), letters=("identity_conflict",)),
    ]


def _other_formats() -> list[Case]:
    """Return cases in three formats whose learners and courses have to be looked up, and one that deletes."""
    by_name = {"learner": {"userPrincipalName": ALEX_NAME}, "course": {"externalId": "DP-101"}}
    terms = {"type": "recommended"}
    assigned = _event("e-by-name", "assigned", "2026-01-15T09:00:00+00:00", **by_name, assignment=terms)
    unassigned = _event("e-by-name", "unassigned", "2026-01-16T09:00:00+00:00", **by_name)
    looked_up = ("find_user 200", "find_content 200", "create 201")
    return [
        Case("Assigned, with a user name and the LMS's course id", json.dumps(assigned), looked_up),
        Case("xAPI: completed; waits briefly for an assignment", json.dumps(_xapi()), looked_up, (), (PROCESS, RETRY)),
        # By now the app knows this user principal name, which is what the table of people gives for the account.
        Case("Canvas live event: progress", json.dumps(_canvas()), looked_up[1:]),
        Case("Unassigned", json.dumps(unassigned), ("delete 204",)),
    ]


def _webhooks() -> list[Case]:
    """Return cases of systems that can't write to a queue."""
    assigned = _event("e-webhook", "assigned", "2026-01-15T09:00:00+00:00", assignment={"type": "required"})
    begun = _xapi("initialized", "course", "2026-01-14T09:00:00Z")
    quiz = _xapi("answered", "question", "2026-01-14T09:05:00Z")
    return [
        Case(
            "Webhook with a Standard Webhooks signature: assigned",
            json.dumps(assigned),
            ("create 201",),
            functions=(WEBHOOK, PROCESS),
            sender=LMS,
        ),
        Case(
            "Webhook with two xAPI statements, one of them about a quiz",
            json.dumps([begun, quiz]),
            ("find_user 200", "find_content 200", "create 201"),
            functions=(STATEMENTS, PROCESS, PROCESS, PROCESS),
            sender=LRS,
        ),
    ]


def _failures() -> list[Case]:
    """Return cases with dead letters, a redrive and a retry."""
    started = functools.partial(_event, kind="started", at="2026-01-15T09:00:00+00:00")
    invalid = _event("e-batch-2", "progressed", "soon", progress={"percentage": 20})
    return [
        Case("Malformed: XML", "<completed course='DP-101'/>", letters=("malformed",)),
        Case(
            "A batch of two events, one invalid",
            json.dumps([started("e-batch-1"), invalid]),
            ("create 201",),
            ("invalid_event",),
            (PROCESS, PROCESS, PROCESS),
        ),
        Case(
            "A learner without a licence",
            json.dumps(started("e-lee", learner={"entraObjectId": UNLICENSED})),
            ("create 403",),
            ("learner_unlicensed",),
        ),
        Case(
            "The learner now has a licence: redrive",
            None,
            ("create 201",),
            functions=(RETRY,),
            redrive="learner_unlicensed",
            tenant={"unlicensed_learners": set()},
        ),
        Case(
            "Graph throttles: the event waits its turn",
            json.dumps(started("e-busy", learner={"entraObjectId": ALEX})),
            ("create 429", "create 201"),
            functions=(PROCESS, RETRY),
            fault={"operation": "create", "status": 429, "retry_after": "1"},
        ),
    ]


def _base64(event: Mapping[str, Any]) -> str:
    return base64.b64encode(json.dumps(event).encode()).decode()
