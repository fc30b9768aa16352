"""Keeps learners' activity in Microsoft Graph equal to what an LMS's events say."""

from pathlib import Path

__version__ = "0.1.0"

_FILE = Path(__file__).with_name("build.txt")
# Which package this is: of one version there may be several. `make package` writes the file.
BUILD = _FILE.read_text(encoding="ascii") if _FILE.is_file() else "checkout"
