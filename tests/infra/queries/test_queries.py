"""Queries mean what they say: Microsoft's binder accepts them, and the app emits every name in them."""

import re
import shutil
from collections.abc import Mapping

import pytest

from activities import telemetry
from tests import ROOT
from tests.infra.queries.emitted import emitted
from tests.infra.queries.kusto import TABLES, Checked, check
from tests.infra.queries.queries import ALERTS, alerts, of_alerts, of_audit, of_pages, of_workbook, problems

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
NUMBERS = {"int", "long", "real", "decimal"}

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js on the PATH")


@pytest.fixture(scope="module")
def checked() -> Mapping[str, Checked]:
    """Return all of the project's queries, checked at once. Names from workbook and pages have a space or a dot."""
    return check({**of_alerts(), **of_workbook(), **of_pages()})


def test_no_query_has_a_problem(checked: Mapping[str, Checked]) -> None:
    """Every table, column, function and comparison is right, and so is every metric, log line, attribute and value."""
    assert len(checked) == len(of_alerts()) + len(of_workbook()) + len(of_pages())
    assert {name: found for name, query in checked.items() if (found := problems(query))} == {}


def test_every_alert_measures_a_number_of_its_query(checked: Mapping[str, Checked]) -> None:
    """What's compared is a number, what splits the alert is a text, and every query has an alert."""
    assert {alert.file for alert in alerts()} == {alert.name for alert in alerts()} == set(of_alerts())
    for alert in alerts():
        columns = checked[alert.file].columns
        assert not alert.measure or columns[alert.measure] in NUMBERS, alert.name
        assert {columns[name] for name in alert.split} <= {"string"}, alert.name


def test_alerts_are_such_as_azure_takes() -> None:
    """They resolve themselves, which rules out muting. They look back at most two days."""
    assert "autoMitigate: true" in ALERTS
    assert not re.search(r"^\s*muteActionsDuration:", ALERTS, re.MULTILINE)
    assert {*re.findall(r"'(P(?:T\d+[MH]|\dD))'", ALERTS)} <= {
        *("PT5M", "PT15M", "PT30M", "PT1H", "P1D", "P2D"),
    }
    # One minute would rule out union.
    assert "'PT1M'" not in ALERTS


def test_every_alert_leads_to_its_runbook() -> None:
    """The description and the property `runbook` end with the heading of a section, which links to the query."""
    assert ALERTS.count("${operationsUrl}#${rule.name}'") == 2
    for alert in alerts():
        assert f"\n### {alert.name}\n\nQuery: [{alert.name}.kql](../infra/alerts/{alert.name}.kql)." in OPERATIONS
        assert re.search(rf"^\| \[{alert.name}\]\(#{alert.name}\) \| \d \|", OPERATIONS, re.MULTILINE), alert.name


def test_everything_that_the_app_emits_is_known_here() -> None:
    """Each instrument and each log line of telemetry.py is emitted when its functions are called."""
    source = (ROOT / "activities/telemetry.py").read_text(encoding="utf-8")
    assert set(re.findall(r'_meter\.create_\w+\("([\w.]+)"', source)) == set(emitted().metrics)
    assert {event.value for event in telemetry.Event} == set(emitted().lines)


def test_the_workbook_shows_every_metric() -> None:
    """Nothing is emitted that nobody sees."""
    shown = {name for query in check(of_workbook()).values() for read in query.reads for name in read.values("Name")}
    assert shown == set(emitted().metrics)


def test_what_is_kept_of_the_audit() -> None:
    """Each transformation is one line, as the service requires, and returns its own table's columns completely.

    What the app does itself is dropped. The host uses the app's identity, and what it moves to a poison queue is kept.
    """
    audit = (ROOT / "infra/modules/audit.bicep").read_text(encoding="utf-8")
    flows = re.findall(r"\{ table: '(\w+)', keep: loadTextContent\('\.\./audit/(\w+)\.kql'\) \}", audit)
    assert [table for table, _ in flows] == [file for _, file in flows] == list(of_audit())
    bound = check({table: query.replace("source", table) for table, query in of_audit().items()})
    for table, query in of_audit().items():
        assert query.startswith("source | where RequesterObjectId != '{app}'")
        assert query.count("\n") == 1
        assert (problems(bound[table]), bound[table].columns) == ([], TABLES[table])
    kept, needed = (one.reads[0] for one in (bound["StorageQueueLogs"], check(of_alerts())["poison"]))
    assert kept.values("OperationName") == {"PutMessage"} <= needed.values("OperationName")
    assert kept.values("Uri") == {"-poison"} == needed.values("Queue")


METRIC = "AppMetrics | where Name == 'lms.holds'"
# A query, and what its problem says.
MISTAKES = {
    "AppMetric | count": "AppMetric",
    "AppMetrics | where Nam == 'lms.holds'": "Nam",
    f"{METRIC} | where tostrin(Properties.reason) == 'ledger'": "tostrin",
    f"{METRIC} | where Sum == 'one'": "compares real with string",
    f"{METRIC} | where Sum > '1'": "not defined",
    f"{METRIC} | where Properties.reason == 'ledger'": "compares dynamic with string",
    f"{METRIC} | where Properties.reason in ('ledger', 'people')": "compares dynamic with string",
    f"{METRIC} | summarize by Properties.reason": "dynamic",
    f"{METRIC} | summarize Most = max(Max)": "no histogram",
    f"{METRIC} | where": "",
    "AppMetrics | where Name == 'lms.hold'": "no metric lms.hold",
    "AppMetrics | summarize sum(Sum)": "without a name",
    f"{METRIC} | summarize by tostring(Properties.kind)": "no attribute kind",
    "AppMetrics | where Name == 'lms.events' and tostring(Properties.outcome) == 'retried'": "never retried",
    "AppMetrics | where Name == 'lms.retries' | extend Why = tostring(Properties.reason)"
    " | where Why !in ('awaits_kind')": "never awaits_kind",
    "AppMetrics | where Name == 'lms.queue.depth' and tostring(Properties.queue) == 'lms-event'": "never lms-event",
    "AppTraces | where Message == 'configuration_holds'": "no log line configuration_holds",
    "AppTraces | where Message == 'unexpected' | project tostring(Properties.queue)": "no field queue",
    "union (AppMetrics | where Name == 'lms.holds' | count), (AppTraces | where Message == 'nope')": "no log line nope",
}


@pytest.fixture(scope="module")
def mistaken() -> Mapping[str, Checked]:
    """Return the queries with a mistake."""
    return check({query: query for query in MISTAKES})


@pytest.mark.parametrize("query", MISTAKES)
def test_a_mistake_is_found(mistaken: Mapping[str, Checked], query: str) -> None:
    """A query with a mistake has at least one problem that says what it is."""
    found = problems(mistaken[query])
    assert [problem for problem in found if MISTAKES[query] in problem] != [], found


def test_the_schema_has_no_table_that_nothing_reads(checked: Mapping[str, Checked]) -> None:
    """A mistake in a table that isn't read would never be found."""
    assert {read.table for query in checked.values() for read in query.reads} == set(TABLES)
