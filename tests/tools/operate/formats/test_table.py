"""The table says what became of each event and why. It never obeys anything in an event."""

from pathlib import Path

import pytest

from tests.tools.operate.formats.conftest import Try, event, write

pytestmark = pytest.mark.usefixtures("wide")


def test_what_became_of_each_event(try_format: Try, tmp_path: Path) -> None:
    """A row has the source, the type, what became of the event with its dates, the learner, the course and the rule."""
    ran = try_format(write(tmp_path / "a.json", event("docebo/assigned")))
    for said in (
        "docebo:contoso.docebosaas.com",
        "course.enrollment.created",
        "assigned: 2026-02-20 09:00:01Z, assignment, required, by lmsAccount",
        "lmsAccount docebo:contoso.docebosaas.com / 13021",
        "externalId 297",
        "rule ",
        ": course.assigned",
    ):
        assert said in ran.words, said


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("openedx/progressed", ["progressed: ", "%"]),
        ("workramp/progressed-overdue", ["due 2026-"]),
        ("xapi/started", ["started: "]),
        ("docebo/unassigned", ["unassigned: "]),
        ("native/completed", ["a native event", "completed: "]),
        ("docebo/ignored-tutor", ["ignored", "ignored, when "]),
        ("canvas/ignored-page-view", ["ignored", "no rule "]),
        ("docebo/ignored-empty-batch", ["an empty batch"]),
        ("docebo/broken-no-course", ["dead letter: invalid_event", "course: missing"]),
        ("event_bus/broken-version", ["dead letter: unsupported_version", "specversion is not 1.0"]),
        ("event_bus/broken-unknown-payload", ["dead letter: malformed", "no format recognises it"]),
    ],
)
def test_why(try_format: Try, tmp_path: Path, case: str, said: list[str]) -> None:
    """An event that was ignored or not understood has a reason."""
    words = try_format(write(tmp_path / "a.json", event(case))).words
    assert [part for part in said if part not in words] == []


def test_what_was_dropped(try_format: Try, tmp_path: Path) -> None:
    """A value that can't be used is named with the reason, and counted."""
    docebo = event("docebo/assigned")
    docebo["payload"] |= {"enrollment_date": "yesterday", "subscribed_by_id": [1]}
    native = event("native/progressed") | {"progress": {"percentage": "half"}}
    ran = try_format(write(tmp_path / "docebo.json", docebo), write(tmp_path / "native.json", native))
    assert "dropped assignment.assignedAt: not an ISO 8601 date and time" in ran.words
    assert "dropped assignment.assigner: neither text nor a whole number" in ran.words
    assert "dropped progress.percentage: can't be used" in ran.words
    assert "dropped values: 3" in ran.out


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ("open = 'notStarted'\nlate = 'ignored'", "dropped progress.status: not in [statuses]: open, late"),
        ("", "dropped progress.status: not one of notStarted, inProgress and completed; [statuses] can translate"),
    ],
)
def test_a_status_in_unknown_words(try_format: Try, tmp_path: Path, statuses: str, said: str) -> None:
    """If a status can't be used, the output says which words can be."""
    own = tmp_path / "own.toml"
    rule = "[[events]]\ntypes = ['*']\nmeans = 'course.progressed'\nlearner.email = 'who'\ncourse.externalId = 'what'"
    declared = "recognise = 'who'\ntype = 'kind'\noccurred_at = 'at'\nprogress.status = 'state'\n[statuses]"
    own.write_text(f"{declared}\n{statuses}\n{rule}\n", encoding="utf-8")
    sent = {"kind": "k", "at": "2026-03-02T08:15:30Z", "who": "a@contoso.com", "what": 1, "state": "shut"}
    assert said in try_format("--format", own, write(tmp_path / "a.json", sent)).words


def test_events_of_an_enrolment_meet(try_format: Try, tmp_path: Path) -> None:
    """An enrolment's events are listed in order of time. Enrolments with the same learner and course are noted."""
    other = event("workramp/assigned")
    other["guideAssignment"]["id"] = "another-assignment"
    ran = try_format(
        write(tmp_path / "completed.json", event("workramp/completed")),
        write(tmp_path / "assigned.json", event("workramp/assigned")),
        write(tmp_path / "other.json", other),
    )
    first = "2026-02-20 09:00:00Z assigned (assigned.json)"
    second = "2026-03-02 08:15:30Z completed (completed.json)"
    assert -1 < ran.out.find(first) < ran.out.find(second)
    assert "same learner and course as E1, but their events aren't merged" in ran.out
    assert ran.out.endswith("enrolments: 2\n")


@pytest.mark.parametrize("columns", ["80", "120", "200"])
def test_the_table_fits(try_format: Try, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """The table is no wider than the terminal, and nothing is lost at any width."""
    monkeypatch.setenv("COLUMNS", columns)
    for case in ("docebo/assigned", "xapi/completed", "docebo/broken-no-course", "openedx/progressed"):
        write(tmp_path / f"{case.replace('/', '-')}.json", event(case))
    ran = try_format("--explain", tmp_path)
    assert max(map(len, ran.out.splitlines())) <= int(columns)
    squeezed = "".join(ran.out.split())
    for said in ("docebo-assigned.json", "http://adlnet.gov/expapi/verbs/completed", "invalid_event", "enrolments:3"):
        assert said in ran.out.replace(" ", "") or said in squeezed, said


@pytest.mark.parametrize("option", ["--explain", "--json", "--requests"])
def test_escape_sequences_are_shown(try_format: Try, tmp_path: Path, option: str) -> None:
    """Nothing in an event can move the cursor, change colours or act as markup."""
    trap = "\x1b[31m\x9b2J\u202e[bold]\r\x07"
    sent = event("docebo/assigned")
    sent["payload"] |= {"course_id": f"C-[red]{trap}", "status": trap}
    sent["original_domain"] = f"contoso{trap}"
    refused = event("docebo/broken-no-course") | {"original_domain": trap}
    unknown = event("docebo/completed") | {"event": f"course.enrollment.{trap}"}
    ran = try_format(option, *(write(tmp_path / f"{n}.json", one) for n, one in enumerate((sent, refused, unknown))))
    assert [character for character in "\x1b\x9b\u202e\r\x07" if character in ran.out] == []
    assert "\\x1b[31m" in ran.out or "\\u001b[31m" in ran.out
    assert "[bold]" in ran.out
