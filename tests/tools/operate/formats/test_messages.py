"""Captured messages are read from files, folders and standard input, in every form that people keep them in."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.tools.operate.formats.conftest import Try, event, write

COMPLETED = event("docebo/completed")
ASSIGNED = event("docebo/assigned")


def encoded(content: object) -> str:
    """Return a message in base64, as some publishers put it on a queue."""
    return base64.b64encode(json.dumps(content).encode()).decode()


def names(ran_out: str) -> list[str]:
    """Return the messages' names from the output of `--json`."""
    return [json.loads(line)["message"] for line in ran_out.splitlines()]


def test_several_files(try_format: Try, tmp_path: Path) -> None:
    """Each file is one message, in the order given."""
    second, first = write(tmp_path / "b.json", COMPLETED), write(tmp_path / "a.json", ASSIGNED)
    ran = try_format("--json", second, first)
    assert ran.code == 0
    assert names(ran.out) == ["b.json", "a.json"]


def test_a_folder(try_format: Try, tmp_path: Path) -> None:
    """A folder stands for all its files in order, except hidden ones and the format file."""
    for name in ("b.json", "a.json", "later/c.json", ".hidden.json", ".git/d.json"):
        write(tmp_path / name, COMPLETED)
    own = tmp_path / "own.toml"
    own.write_text((ROOT / "activities/intake/formats/workramp.toml").read_text(encoding="utf-8"), encoding="utf-8")
    ran = try_format("--json", tmp_path, "--format", own)
    assert names(ran.out) == ["a.json", "b.json", "later/c.json"]


@pytest.mark.parametrize("name", ["dump.jsonl", "dump.NDJSON", "dump.txt"])
def test_one_message_in_each_line(try_format: Try, tmp_path: Path, name: str) -> None:
    """A file of lines is recognised by its name or its content, and each message is named after its line."""
    lines = [json.dumps(COMPLETED), "", encoded(ASSIGNED), json.dumps(COMPLETED)[:-9]]
    (tmp_path / name).write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    ran = try_format("--json", tmp_path / name)
    assert names(ran.out) == [f"{name}#1", f"{name}#3", f"{name}#4"]
    assert [found["result"] for found in ran.objects] == ["understood", "understood", "refused"]


def test_one_line_in_a_file_of_lines(try_format: Try, tmp_path: Path) -> None:
    """In a file of lines, even a single message is named after its line."""
    (tmp_path / "dump.jsonl").write_text(json.dumps(COMPLETED), encoding="utf-8")
    assert names(try_format("--json", tmp_path / "dump.jsonl").out) == ["dump.jsonl#1"]


@pytest.mark.parametrize(
    ("content", "result"),
    [
        (json.dumps(COMPLETED, indent=2), "understood"),
        (f"{encoded(COMPLETED)[:76]}\n{encoded(COMPLETED)[76:]}\n", "understood"),
        (f"\ufeff{encoded(COMPLETED)}", "understood"),
        (json.dumps({"a": [[1], [2]], "b": {}}, indent=2)[:-1], "refused"),
        ("hello\nworld\n", "refused"),
        ("", "refused"),
    ],
    ids=["indented", "base64 in lines", "byte order mark", "cut off", "no JSON", "empty"],
)
def test_one_message_in_a_file(try_format: Try, tmp_path: Path, content: str, result: str) -> None:
    """One message may span several lines. A file without a message counts as one refused message."""
    (tmp_path / "message").write_text(content, encoding="utf-8")
    [found] = try_format("--json", tmp_path / "message").objects
    assert (found["message"], found["result"]) == ("message", result)


def test_batches(try_format: Try, tmp_path: Path) -> None:
    """Each event of a batch is numbered. In a file of lines, the number follows the line's."""
    batch = event("docebo/batch")
    write(tmp_path / "batch.json", batch)
    write(tmp_path / "lines.jsonl", COMPLETED, [batch, COMPLETED])
    ran = try_format("--json", tmp_path)
    assert names(ran.out) == [
        *("batch.json#1", "batch.json#2"),
        *("lines.jsonl#1", "lines.jsonl#2.1", "lines.jsonl#2.2", "lines.jsonl#2.3"),
    ]


def test_standard_input() -> None:
    """A dash means standard input."""
    ran = subprocess.run(
        [sys.executable, "-m", "tools.operate", "formats", "try", "-"],
        input=f"{json.dumps(ASSIGNED)}\n{json.dumps(COMPLETED)}\n".encode(),
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0
    assert b"stdin#2" in ran.stdout
    assert ran.stdout.endswith(b"dropped values: 0\nwarnings: 0\nenrolments: 1\n")


def test_a_file_that_is_not_there(try_format: Try, tmp_path: Path) -> None:
    """The missing file is named, the others are shown, and the exit code is 1."""
    ran = try_format(tmp_path / "missing.json", write(tmp_path / "there.json", COMPLETED))
    assert ran.code == 1
    assert "missing.json: No such file or directory" in ran.err
    assert "messages: 1, events understood: 1" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument 'PATH'"),
        (("-", "-"), "standard input can be read only once"),
        (("acme.toml", "booked.json"), "acme.toml isn't a message; name a format file with --format"),
    ],
)
def test_wrong_usage(try_format: Try, arguments: tuple[str, ...], said: str) -> None:
    """Wrong usage is explained, and the exit code is 2."""
    ran = try_format(*arguments)
    assert ran.code == 2
    assert said in ran.err


def test_an_invalid_format(try_format: Try, tmp_path: Path) -> None:
    """An invalid format is refused, whether its name, its content or the setting is wrong."""
    file = write(tmp_path / "a.json", COMPLETED)
    assert "has to end in .toml" in try_format("--format", file, file).err
    wrong = tmp_path / "own.toml"
    wrong.write_text("recognise = 1", encoding="utf-8")
    ran = try_format("--format", wrong, file)
    assert (ran.code, ran.err.startswith("own.toml: ")) == (1, True)
    assert "no such format" in try_format("--sources", '{"own": {}}', file).err
    assert try_format("--format", tmp_path / "none.toml", file).code == 1


def test_nothing_understood(try_format: Try, tmp_path: Path) -> None:
    """If no event was understood, the exit code is 1."""
    ran = try_format(write(tmp_path / "a.json", event("docebo/ignored-tutor")))
    assert ran.code == 1
    assert ran.out.endswith("ignored: 1, refused: 0, dropped values: 0\nwarnings: 0\nenrolments: 0\n")
