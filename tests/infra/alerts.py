"""Rules of alerts and pictures: they ask for what exists, and somebody hears them."""

import json
import re
from collections.abc import Iterator

from tests.infra.project import STORAGE, Project
from tests.infra.published import VALUES, instruments


def alerts_tell(project: Project) -> Iterator[str]:
    """Every alert reaches the action group, and asks for metrics and queues that exist."""
    for made in project.both:
        queues = {one.name for one in made.of_type(f"{STORAGE}/queueServices/queues")}
        for one in made.of_type("Microsoft.Insights/scheduledQueryRules"):
            if not one.properties["actions"]["actionGroups"] or not one.properties["enabled"]:
                yield f"{one.name} tells nobody"
            (condition,) = one.properties["criteria"]["allOf"]
            yield from (f"{one.name}: {problem}" for problem in asks_for(condition["query"], queues))
            measure = condition["metricMeasureColumn"]
            if measure and not re.search(rf"\b{measure} =", condition["query"]):
                yield f"{one.name} measures {measure}, which its query does not give"
        diagnostics = made.of_type("Microsoft.Insights/diagnosticSettings")
        if not any({"category": "StorageWrite", "enabled": True} in one.properties["logs"] for one in diagnostics):
            yield "queue writes are not logged: the poison alert is blind"


def asks_for(query: str, queues: set[str]) -> Iterator[str]:
    """Complain of instruments, attributes, values and queues in a query that nothing publishes."""
    names = re.findall(r"'((?:lms|graph)\.[\w.]+)'", query)
    yield from (f"no instrument {name}" for name in names if name not in instruments())
    named = [instruments()[name] for name in names if name in instruments()]
    attributes = {attribute for one in named for attribute in one.attributes}
    for name in re.findall(r"\bProperties\.(\w+)", query):
        if name not in attributes:
            yield f"no attribute {name} of {', '.join(names)}"
    # The exporter gives Min and Max to histograms only; counters and gauges have their value in Sum.
    if re.search(r"\b(Min|Max)\b", query) and {one.kind for one in named} != {"histogram"}:
        yield "Min or Max of what has none"
    for name, values in re.findall(r"\b(\w+)\)? (?:==|!=|in) (\('[^)]*'\)|'[^']*')", query):
        known = VALUES.get(name.lower())
        if known is not None:
            yield from (f"{name} is never {value}" for value in re.findall(r"'(\w+)'", values) if value not in known)
    for name in re.findall(r"'((?:lms-|dead-)[\w-]+)'", query):
        if name not in queues:
            yield f"no queue {name}"


def pictures_ask(project: Project) -> Iterator[str]:
    """Every picture of the workbook asks for metrics and queues that exist."""
    queues = {one.name for one in project.smallest.of_type(f"{STORAGE}/queueServices/queues")}
    (workbook,) = project.smallest.of_type("Microsoft.Insights/workbooks")
    queries = [
        item["content"]["query"]
        for item in json.loads(workbook.properties["serializedData"])["items"]
        if "query" in item["content"]
    ]
    yield from (problem for query in queries for problem in asks_for(query, queues))
    yield from (f"no picture of {name}" for name in sorted(instruments()) if f"'{name}'" not in "".join(queries))
