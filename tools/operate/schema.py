"""The JSON Schema of the native event, `docs/event.schema.json`."""

import json
from typing import Any

import typer

from activities.domain.events import ADAPTER
from tools.operate import screen
from tools.operate.command import command
from tools.operate.troubles import Exit

app = typer.Typer()


@command(app)
async def schema() -> int:
    """Print the JSON Schema of the native event. You don't need Azure for this."""
    screen.out.out(text(), end="", highlight=False)
    return Exit.GOOD


def text() -> str:
    """Return the schema as text."""
    content = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Learning event",
        "description": "An event that an LMS puts on the queue. docs/events.md explains it.",
    } | ADAPTER.json_schema()
    for definition in content["$defs"].values():
        _tidy(definition)
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _tidy(definition: dict[str, Any]) -> None:
    """Remove titles that only repeat names, and require the event type, which tells the models apart."""
    for name, value in definition.get("properties", {}).items():
        value.pop("title", None)
        if name == "eventType":
            value.pop("default", None)
            definition["required"] = ["eventType", *definition["required"]]
