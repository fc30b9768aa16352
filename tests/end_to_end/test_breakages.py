"""Twelve things break one after the other: each is found by one command, and nothing is left over at the end."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tools.develop.breakages.cases import breakages

IMAGES = ROOT / "docs/images"
PICTURES = ("dead-letters", "activity", "doctor", "status")
LARGEST = 40_000  # bytes


@pytest.mark.timeout(900)
async def test_each_breakage_is_found_by_one_command_and_repaired(tmp_path: Path) -> None:
    """The transcript shows each breakage with its command and its repair, no activity is doubled, and pictures come."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.develop.breakages", "--images", str(tmp_path)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = (text.decode() for text in await running.communicate())
    assert running.returncode == 0, out + err
    shown = " ".join(out.split())
    assert len(breakages()) == 12
    for number, breakage in enumerate(breakages(), 1):
        assert f"{number}. {breakage.title} $ lms-sync {breakage.found.command}" in shown
        assert " ".join(f"Repair: {breakage.repair}".split()) in shown
    assert "12 breakages found and repaired; no activity was doubled." in shown
    for name in PICTURES:
        check(tmp_path / f"{name}.svg")


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_of_the_documentation(name: str) -> None:
    """They are small and need nothing from the network."""
    check(IMAGES / f"{name}.svg")


def check(picture: Path) -> None:
    """Check that a picture is small and refers to nothing else."""
    text = picture.read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert f"lms-sync&#160;{picture.stem}" in text or f"lms-sync {picture.stem}" in text
    assert len(text) < LARGEST
    assert "@font-face" not in text
    assert set(re.findall(r"https?://[^\"' )]+", text)) <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
