"""What Microsoft's own language service says about queries. tables.json has a workspace's tables."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tests import ROOT

TABLES: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("tables.json").read_text(encoding="utf-8"))
_CHECK = ROOT / "tools/develop/kql/check.cjs"


class Comparison(BaseModel):
    """A comparison with texts: of a property, directly or through a column made of it, or else of a column."""

    property: str | None
    column: str | None
    operator: str
    values: list[str]


class Read(BaseModel):
    """What a query reads from a table: columns, properties of `Properties`, and what they're compared with."""

    table: str
    properties: list[str]
    columns: list[str]
    compared: list[Comparison]

    def values(self, column: str) -> set[str]:
        """Return the texts that a column is compared with."""
        return {value for one in self.compared if one.column == column for value in one.values}


class Checked(BaseModel):
    """What's wrong with a query, its result's columns with their types, and what it reads."""

    problems: list[str]
    columns: dict[str, str]
    reads: list[Read]


def check(queries: Mapping[str, str], tables: Mapping[str, Mapping[str, str]] = TABLES) -> dict[str, Checked]:
    """Parse and bind queries, by name."""
    given = json.dumps({"tables": tables, "queries": queries})
    done = subprocess.run(["node", str(_CHECK)], input=given, text=True, capture_output=True, check=False)  # noqa: S607
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return {name: Checked.model_validate(answer) for name, answer in answers.items()}
