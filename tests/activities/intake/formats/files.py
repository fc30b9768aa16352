"""A small format file for tests, and an event that it describes."""

from pathlib import Path

ACME = """
recognise = "acme"
type = "acme"
learner.email = "who"
course.externalId = "what"
occurred_at = "at"
[[events]]
types = ["done"]
means = "course.completed"
"""
EVENT = {"acme": "done", "who": "adele@contoso.com", "what": "C-1", "at": "2026-03-02T08:15:30Z"}


def folder_with(folder: Path, text: str, name: str = "acme.toml") -> Path:
    """Return the folder, with one format file in it."""
    (folder / name).write_text(text, encoding="utf-8")
    return folder
