"""Rules of alerts and the workbook: they query what exists, and alerts notify somebody."""

import json
import re
from collections.abc import Iterator

from tests.infra.project import STORAGE, Project
from tests.infra.published import FIELDS, LINES, VALUES, instruments


def alerts_work(project: Project) -> Iterator[str]:
    """Every alert notifies the action group, and queries metrics, log lines and queues that exist."""
    for deployed in project.both:
        queues = {queue.name for queue in deployed.of_type(f"{STORAGE}/queueServices/queues")}
        for alert in deployed.of_type("Microsoft.Insights/scheduledQueryRules"):
            if not alert.properties["actions"]["actionGroups"] or not alert.properties["enabled"]:
                yield f"{alert.name} notifies nobody"
            (condition,) = alert.properties["criteria"]["allOf"]
            yield from (f"{alert.name}: {problem}" for problem in unknown_in(condition["query"], queues))
            measure = condition.get("metricMeasureColumn")
            for column in [*filter(None, [measure]), *(split["name"] for split in condition.get("dimensions") or [])]:
                if not re.search(rf"\b{column} =", condition["query"]):
                    yield f"{alert.name} uses {column}, which its query does not return"
        diagnostics = deployed.of_type("Microsoft.Insights/diagnosticSettings")
        if not any(
            {"category": "StorageWrite", "enabled": True} in setting.properties["logs"]
            for setting in diagnostics
            if "queue" in setting.name
        ):
            yield "writes to queues are not logged, so the poison alert cannot fire"


def unknown_in(query: str, queues: set[str]) -> Iterator[str]:
    """Yield the instruments, log lines, attributes, values and queues in a query that don't exist."""
    names = re.findall(r"'((?:lms|graph)\.[\w.]+)'", query)
    yield from (f"no instrument {name}" for name in names if name not in instruments())
    used = [instruments()[name] for name in names if name in instruments()]
    attributes = {attribute for instrument in used for attribute in instrument.attributes}
    lines = re.findall(r"\bMessage == '(\w+)'", query)
    yield from (f"no log line {name}" for name in lines if name not in LINES)
    attributes |= FIELDS if lines else set()
    for name in re.findall(r"\bProperties\.(\w+)", query):
        if name not in attributes:
            yield f"no attribute {name} of {', '.join(names + lines)}"
    # The exporter writes Min and Max for histograms only. A counter's or gauge's value is in Sum.
    if re.search(r"\b(Min|Max)\b", query) and {instrument.kind for instrument in used} != {"histogram"}:
        yield "Min or Max of an instrument that is not a histogram"
    for name, values in re.findall(r"\b(\w+)\)? (?:==|!=|!?in) (\('[^)]*'\)|'[^']*')", query):
        known = VALUES.get(name.lower())
        if known is not None:
            yield from (f"{name} is never {value}" for value in re.findall(r"'(\w+)'", values) if value not in known)
    for name in re.findall(r"'((?:lms-|dead-)[\w-]+)'", query):
        if name not in queues:
            yield f"no queue {name}"


def workbook_is_complete(project: Project) -> Iterator[str]:
    """The workbook shows every metric, and queries metrics and queues that exist."""
    queues = {queue.name for queue in project.smallest.of_type(f"{STORAGE}/queueServices/queues")}
    (workbook,) = project.smallest.of_type("Microsoft.Insights/workbooks")
    queries = [
        item["content"]["query"]
        for item in json.loads(workbook.properties["serializedData"])["items"]
        if "query" in item["content"]
    ]
    yield from (problem for query in queries for problem in unknown_in(query, queues))
    yield from (f"{name} is not shown" for name in sorted(instruments()) if f"'{name}'" not in "".join(queries))
