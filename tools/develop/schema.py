"""Write the JSON Schema of the native event to `docs/event.schema.json`, or check that it is current.

Run `python -m tools.develop.schema`, or `python -m tools.develop.schema --check`.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from activities.domain.events import ADAPTER

FILE = Path(__file__).resolve().parents[2] / "docs" / "event.schema.json"


def schema() -> str:
    """Return the schema as text."""
    content = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Learning event",
        "description": "What an LMS puts on the queue; docs/events.md explains it.",
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


def main() -> int:
    """Run the command line; 1 if `--check` finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the file is stale")
    if not parser.parse_args().check:
        FILE.write_text(schema(), encoding="utf-8")
        return 0
    if FILE.read_text(encoding="utf-8") == schema():
        return 0
    print(f"{FILE.name} does not match the models: run `python -m tools.develop.schema`")
    return 1


if __name__ == "__main__":
    sys.exit(main())
