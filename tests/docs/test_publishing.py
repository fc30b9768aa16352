"""The shell samples for publishers write readable messages, whatever characters the event has."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from activities.intake.parse import parse
from activities.intake.result import Understood
from tests import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
# Everything that puts a message on a queue from a shell.
COMMANDS = re.findall(r"az storage message put(?:[^\n]*\\\n)*[^\n]*", TEXT)
PUTS = [command for command in COMMANDS if "--content" in command]
EVENT: dict[str, Any] = json.loads((ROOT / "docs/examples/assignment.json").read_text(encoding="utf-8"))
NOTES = {"contentType": "text", "content": "größer 😀 \ufffe\uffff"}
# Writes the value of its option --content to a file.
AZ = """#!/bin/sh
while [ $# -gt 0 ]; do
  if [ "$1" = --content ]; then printf %s "$2" > content; fi
  shift
done
"""


@pytest.mark.parametrize("command", PUTS)
def test_a_command_writes_ascii(command: str, tmp_path: Path) -> None:
    """The command runs with an event that has characters which XML can't hold."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/az").write_text(AZ)
    (tmp_path / "bin/az").chmod(0o755)
    text = json.dumps(EVENT | {"assignment": EVENT["assignment"] | {"notes": NOTES}}, ensure_ascii=False)
    for name in ("event.json", "first.json"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    shell = re.sub(r"<[a-zA-Z ]+>", "x", command)
    environment = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "ACCOUNT": "x", "record": "0" * 64}
    subprocess.run(["/bin/sh", "-c", shell], cwd=tmp_path, env=environment, check=True)

    content = (tmp_path / "content").read_bytes()

    assert content.isascii()
    if "json" in command:
        parsed = parse(content)
        assert isinstance(parsed, Understood)
        assert parsed.event.assignment is not None
        assert parsed.event.assignment.notes is not None
        assert parsed.event.assignment.notes.content == NOTES["content"]


def test_there_are_samples_of_events_and_of_control_messages() -> None:
    """Without samples, the test above would test nothing."""
    assert {"event.json" in one for one in PUTS} == {True, False}
    assert any("first.json" in one for one in PUTS)
