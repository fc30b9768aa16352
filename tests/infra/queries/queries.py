"""The queries of the alerts and the workbook, and those quoted on the pages, with their rules."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests import ROOT
from tests.infra.queries.emitted import emitted
from tests.infra.queries.kusto import TABLES, Checked, Comparison, Read

ALERTS = (ROOT / "infra/modules/alerts.bicep").read_text(encoding="utf-8")
_MAIN = (ROOT / "infra/main.bicep").read_text(encoding="utf-8")
_PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_ROW = re.compile(
    r"\{\n    name: '([\w-]+)'\n    text: '(.*)'\n    query: loadTextContent\('\.\./alerts/([\w-]+)\.kql'\)\n"
    r"    measure: '(\w*)'\n    split: \[(.*)\]\n    operator: '(\w+)'\n"
)
# A query quoted in a sentence begins with a table.
_QUOTED = re.compile(rf"`((?:{'|'.join(TABLES)}) \|[^`]+)`")
_BLOCK = re.compile(r"```kusto\n(.*?)```", re.DOTALL)
# What an attribute may be when it isn't from a fixed set, as far as queries compare with it.
_OPEN = {
    "status": re.compile(r"[1-5]\d\d|[1-5]"),
    "queue": re.compile("|".join(re.findall(r"'(lms-[\w-]+)'", _MAIN)) + "|-poison"),
    "sender": re.compile("unknown"),
}


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of alerts.bicep: its name, its query's file, the column that's measured, and the columns that split it."""

    name: str
    text: str
    file: str
    measure: str
    split: tuple[str, ...]


def alerts() -> list[Alert]:
    """Return the rows of alerts.bicep."""
    rows = _ROW.findall(ALERTS)
    assert len(rows) == ALERTS.count("loadTextContent(")
    return [Alert(*row[:4], tuple(re.findall(r"'(\w+)'", row[4]))) for row in rows]


def of_alerts() -> dict[str, str]:
    """Return the alerts' queries, by name."""
    files = (ROOT / "infra/alerts").glob("*.kql")
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(files)}


def of_workbook() -> dict[str, str]:
    """Return the workbook's queries, by their charts' titles. The grain is filled in as the portal does it."""
    workbook = json.loads((ROOT / "infra/workbook.json").read_text(encoding="utf-8"))
    charts = [item["content"] for item in workbook["items"] if "query" in item["content"]]
    return {chart["title"]: chart["query"].replace("{range:grain}", "5m") for chart in charts}


def of_pages() -> dict[str, str]:
    """Return the queries quoted on the pages, by page and number."""
    found = {}
    for page in _PAGES:
        text = page.read_text(encoding="utf-8")
        for number, query in enumerate([*_BLOCK.findall(text), *_QUOTED.findall(text)]):
            found[f"{page.name} {number}"] = query
    return found


def of_audit() -> dict[str, str]:
    """Return the queries that transform what the workspace receives, by the table that they read and write."""
    files = (ROOT / "infra/audit").glob("*.kql")
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(files)}


def problems(checked: Checked) -> list[str]:
    """Say what's wrong with a query: what the binder says, and names that the app doesn't emit."""
    return [*checked.problems, *(problem for read in checked.reads for problem in _unknown_in(read))]


def _unknown_in(read: Read) -> Iterator[str]:
    if read.table == "AppMetrics":
        yield from _unknown_metrics(read)
    elif read.table == "AppTraces":
        names = read.values("Message") or {"nothing"}
        known = {name: emitted().lines[name] for name in names if name in emitted().lines}
        yield from (f"no log line {name}" for name in sorted(names - set(known)))
        fields = set[str]().union(*known.values())
        yield from (f"{sorted(names)} have no field {name}" for name in read.properties if name not in fields)


def _unknown_metrics(read: Read) -> Iterator[str]:
    names = read.values("Name")
    if not names:
        yield "metrics without a name"
    known = {name: emitted().metrics[name] for name in names if name in emitted().metrics}
    yield from (f"no metric {name}" for name in sorted(names - set(known)))
    values: dict[str, set[str]] = {}
    for metric in known.values():
        for name, seen in metric.attributes.items():
            values.setdefault(name, set()).update(seen)
    yield from (f"{sorted(names)} have no attribute {name}" for name in read.properties if name not in values)
    # The exporter fills Min and Max for histograms only. A counter's or gauge's value is in Sum.
    if {"Min", "Max"} & set(read.columns) and not all(metric.histogram for metric in known.values()):
        yield "Min or Max of a metric that is no histogram"
    for one in read.compared:
        if one.property in values:
            known_values = values[one.property]
            yield from (
                f"{one.property} is never {text}" for text in one.values if not _may_be(one, text, known_values)
            )


def _may_be(one: Comparison, text: str, known: set[str]) -> bool:
    pattern = _OPEN.get(one.property or "")
    return text in known if pattern is None else pattern.fullmatch(text) is not None
