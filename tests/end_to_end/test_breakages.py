"""Three of twelve breakages: one command finds each, and nothing is left over. `make breakages` runs all twelve."""

import asyncio
import re
import subprocess
import sys

import pytest

from tests import ROOT
from tools.develop.breakages.cases import breakages
from tools.develop.breakages.of_machines import of_the_machine

IMAGES = ROOT / "docs/images"
# One in storage, one at the LMS and one in the directory: those in Graph itself must wait for holds and quotas.
SHARE = (2, 4, 7)
PICTURES = ("dead-letters", "activity", "doctor", "status")
LARGEST = 40_000  # bytes


async def test_each_breakage_is_found_by_one_command_and_repaired() -> None:
    """The transcript shows each breakage with its command and its repair, and no activity is duplicated."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.develop.breakages", *map(str, SHARE)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = (text.decode() for text in await running.communicate())
    assert running.returncode == 0, out + err
    shown = " ".join(out.split())
    assert len(breakages()) == 12 + len(of_the_machine())
    for number, breakage in enumerate((breakages()[number - 1] for number in SHARE), 1):
        assert f"{number}. {breakage.title} $ lms-sync {breakage.found.command}" in shown
        assert " ".join(f"Repair: {breakage.repair}".split()) in shown
    assert f"{len(SHARE)} breakages found and repaired; no activity was doubled." in shown


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_of_the_documentation(name: str) -> None:
    """The pictures are small and load nothing from the network."""
    picture = IMAGES / f"{name}.svg"
    text = picture.read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert f"lms-sync&#160;{picture.stem}" in text or f"lms-sync {picture.stem}" in text
    assert len(text) < LARGEST
    assert "@font-face" not in text
    assert set(re.findall(r"https?://[^\"' )]+", text)) <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
