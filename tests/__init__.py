"""Tests of the product, its tools, its infrastructure and its documentation."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
# Recorded events: a folder for each format, and a file for each case.
EVENTS = ROOT / "tests" / "events"
