"""Update figures in documents. They're between marks: `<!-- figure: cpu.create.ms -->9.0<!-- /figure -->`."""

import re
from collections.abc import Mapping
from typing import Any

QUOTE = re.compile(r"<!-- figure: ([\w.]+) -->(.*?)<!-- /figure -->")


def quoted(figures: Mapping[str, Any], name: str, like: str) -> str:
    """Return a figure as text, formatted like `like`: in percent, or with the same number of decimals.

    Raises:
        KeyError: there's no such figure.
    """
    value: Any = figures
    for part in name.split("."):
        value = value[part]
    return f"{value:.0%}" if like.endswith("%") else f"{value:.{len(like.partition('.')[2])}f}"


def updated(text: str, figures: Mapping[str, Any]) -> str:
    """Return a document with the new figures. Figures of parts that were never measured stay as they are."""

    def replaced(found: re.Match[str]) -> str:
        name, like = found.groups()
        known = name.split(".")[0] in figures
        return f"<!-- figure: {name} -->{quoted(figures, name, like) if known else like}<!-- /figure -->"

    return QUOTE.sub(replaced, text)
