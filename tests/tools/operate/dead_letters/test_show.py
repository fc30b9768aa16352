"""Operators see everything about a dead letter, and nothing in it can deceive them."""

import json
from typing import Any

import pytest
from azure.storage.blob.aio import ContainerClient

from activities.domain.message import Message
from activities.domain.outcomes import DeadLetter, Reason
from activities.service import Service
from tests.tools.operate.conftest import Run
from tests.tools.operate.dead_letters.events import LEARNER, RECORD, assigned, body, letter_of, listed
from tools.develop.simulator import Simulator
from tools.operate import screen

# Clears the screen in two ways, rings the bell, reverses the direction of the text, and returns to the line's start.
HOSTILE = "[bold]x[/bold] :warning: \x1b[2J\x9b2J\x07\u202e\u2066\x7f\x08\r\t"
SHOWN = "[bold]x[/bold] :warning: \\x1b[2J\\x9b2J\\x07\\u202e\\u2066\\x7f\\x08\\r\\t"


@pytest.mark.usefixtures("letters")
async def test_the_whole_envelope_and_the_original_are_shown(run: Run) -> None:
    """The beginning of an id is enough to show everything about a letter."""
    ran = await run("dead-letters", "show", RECORD[:8], "--show-personal-data")
    assert ran.code == 0
    for value in (RECORD, "learner_unlicensed", "create: 403", "requestId", "e-1", body(assigned()).decode()):
        assert value in ran.out


@pytest.mark.usefixtures("letters")
async def test_what_is_about_the_learner_is_shown_only_if_asked(run: Run) -> None:
    """The original is hidden by default. So is the enrolment's id, because it often contains the learner's id."""
    for more in ((), ("--json",)):
        ran = await run("dead-letters", "show", RECORD, *more)
        assert ran.code == 0
        assert "learner_unlicensed" in ran.out
        assert LEARNER not in ran.out + ran.err
        assert "e-1" not in ran.out + ran.err
    shown = await run("dead-letters", "show", RECORD, "--json", "--show-personal-data")
    [found] = shown.objects
    assert (found["id"], found["record"], found["enrollmentId"]) == (RECORD, RECORD, "e-1")
    assert json.loads(found["original"]) == assigned()


async def test_an_original_that_is_not_text_is_shown_in_hexadecimal(run: Run, service: Service) -> None:
    """Bytes that aren't UTF-8 are shown in hexadecimal, so operators can read them too."""
    await service.handler.event(b"\xff\xfe{}")
    [letter] = await listed(run)
    assert "ff fe 7b 7d" in (await run("dead-letters", "show", letter["id"], "--show-personal-data")).out


async def test_what_the_lms_sent_is_shown_and_not_obeyed(run: Run, service: Service, simulator: Simulator) -> None:
    """Control characters in an enrolment id or an original are escaped, and markup is shown as it is."""
    simulator.configure(unlicensed_learners={LEARNER})
    event = json.dumps(assigned(f"e {HOSTILE}", extra=HOSTILE.replace("\x1b", "")), ensure_ascii=False)
    await service.handler.event(event.encode())
    [letter] = await listed(run)
    ran = await run("dead-letters", "show", letter["id"], "--show-personal-data")
    assert f"enrollmentId  e {SHOWN}" in ran.out
    assert harmless(ran.out)
    assert harmless((await run("dead-letters", "list")).out)


async def test_an_original_keeps_its_line_breaks(run: Run, service: Service) -> None:
    """An original with several lines is shown on several lines. Other control characters are escaped."""
    await service.handler.event(f"one\r\ntwo {HOSTILE}\n<three/>".encode())
    [letter] = await listed(run)
    ran = await run("dead-letters", "show", letter["id"], "--show-personal-data")
    assert ran.out.endswith(f"\none\\r\ntwo {SHOWN}\n<three/>\n")
    assert harmless(ran.out)


async def test_details_names_and_metadata_are_escaped_in_lists(
    run: Run, service: Service, container: ContainerClient
) -> None:
    """A detail, a record or a blob's name can't clear the operator's screen, neither in a table nor in JSON."""
    await service.letters.write(Message(b"{}"), DeadLetter(Reason.MALFORMED, f"detail {HOSTILE}"))
    await container.upload_blob("name \x9b2J\u202e[bold]", b"\x1b[2J", metadata={"record": "[red]:warning:"})
    for arguments in (
        ["list"],
        ["list", "--json"],
        ["redrive", "--dry-run"],
        ["show", "name \\x9b2J", "--show-personal-data"],
    ):
        ran = await run("dead-letters", *arguments)
        assert ran.code == 0
        assert harmless(ran.out)
        assert harmless(ran.err)
    ran = await run("dead-letters", "list")
    assert f"detail {SHOWN}" in ran.out
    assert "name \\x9b2J\\u202e[bold]" in ran.out
    assert "[red]:warnin" in ran.out
    assert harmless((await run("dead-letters", "show", HOSTILE)).err)


async def test_a_newer_letter_is_shown_as_such(run: Run, container: ContainerClient) -> None:
    """For a letter from a later version, the facts from the list and the raw content are shown."""
    await container.upload_blob(f"{RECORD}.json", letter_of(2), metadata={"version": "2", "reason": "malformed"})
    ran = await run("dead-letters", "show", RECORD, "--show-personal-data")
    assert ran.code == 0
    assert "A later version of the app wrote this letter" in ran.err
    assert letter_of(2).partition("firstSeen")[0] in ran.out


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"envelope": 1}', b"\xff", b"[" * 100_000, letter_of(1)[:-20].encode()]
)
async def test_a_foreign_blob_is_shown(run: Run, container: ContainerClient, content: bytes) -> None:
    """A blob that the app didn't write is reported as such, whatever it contains."""
    await container.upload_blob("notes", content)
    ran = await run("dead-letters", "show", "notes")
    assert ran.code == 0
    assert ran.err.startswith("The blob isn't a dead letter that this app wrote.\n")


@pytest.mark.parametrize("value", ["a", "é 漢 🎓\u3000", {"k": [1, "\n"]}, "\x7f\x9b\u202e\U000e0041\ud800"], ids=ascii)
def test_json_means_the_same_after_escaping(value: Any) -> None:  # noqa: ANN401  any JSON
    """The JSON that's printed has no character that a terminal obeys, and reads back as the same value."""
    text = screen.as_json(value)
    assert harmless(text)
    assert json.loads(text) == value


def harmless(text: str) -> bool:
    """Return whether a terminal shows this text as it is: all characters are printable, line feeds or wide spaces."""
    return all(character.isprintable() or character in "\n\u3000" for character in text)
