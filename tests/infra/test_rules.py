"""The infrastructure keeps its rules, and each rule notices when it does not."""

import pytest

from tests.infra.project import Project
from tests.infra.rules import RULES

MAIN, STORAGE, ROLES, APP, ALERTS, NETWORK, MONITORING = (
    "infra/main.bicep",
    *(f"infra/modules/{name}.bicep" for name in ("storage", "roles", "app", "alerts", "network", "monitoring")),
)

GRAPH = "infra/graph.bicep"
PUBLISHER = "{ queue: inboundQueue, grant: builtIn.queueSender, to: publisher }"

# Rule, file, and a slip in it that the rule has to report.
SLIPS = [
    ("no_keys", STORAGE, "allowSharedKeyAccess: false", "allowSharedKeyAccess: true"),
    ("no_keys", STORAGE, "    allowSharedKeyAccess: false\n", ""),
    ("no_keys", MONITORING, "DisableLocalAuth: true", "DisableLocalAuth: false"),
    ("no_keys", MONITORING, "disableLocalAuth: true", "disableLocalAuth: false"),
    ("no_passwords", APP, "'scm'\n    properties: { allow: false }", "'scm'\n    properties: { allow: true }"),
    ("no_passwords", APP, "    name: 'ftp'", "    name: 'scm'"),
    ("no_keys", APP, "type: 'UserAssignedIdentity'", "type: 'StorageAccountConnectionString'"),
    ("no_keys", APP, "type: 'UserAssigned'", "type: 'SystemAssigned, UserAssigned'"),
    ("no_passwords", MAIN, "LMS_EVENTS_QUEUE: queues.inbound", "AzureWebJobsStorage: 'AccountKey=x'"),
    ("no_keys", STORAGE, "output accountId string", "output k object = listKeys(account.id)\noutput accountId string"),
    ("transport", STORAGE, "minimumTlsVersion: 'TLS1_2'", "minimumTlsVersion: 'TLS1_0'"),
    ("transport", STORAGE, "supportsHttpsTrafficOnly: true", "supportsHttpsTrafficOnly: false"),
    ("transport", APP, "httpsOnly: true", "httpsOnly: false"),
    ("transport", APP, " minTlsVersion: '1.2'", " minTlsVersion: '1.0'"),
    ("transport", APP, "ftpsState: 'Disabled'", "ftpsState: 'AllAllowed'"),
    ("no_public_data", STORAGE, "allowBlobPublicAccess: false", "allowBlobPublicAccess: true"),
    ("no_public_data", STORAGE, "publicAccess: 'None'", "publicAccess: 'Blob'"),
    ("no_public_data", MAIN, "publicNetwork: !privateNetwork", "publicNetwork: true"),
    ("no_public_data", NETWORK, "['blob', 'queue', 'table']", "['blob', 'queue']"),
    ("no_public_data", MAIN, "privateNetwork ? network!.outputs.appSubnetId : ''", "''"),
    ("clients_write_no_urls", MAIN, "'httpx,httpx2,requests,urllib,urllib3'", "'requests,urllib,urllib3'"),
    ("storage_is_declared", MAIN, "  '${queues.retry}-poison'\n", ""),
    ("storage_is_declared", MAIN, "  '${queues.inbound}-poison'\n", ""),
    ("storage_is_declared", MAIN, "  queues.deadLetters\n]", "  'dead-letter'\n]"),
    ("storage_is_declared", MAIN, "[tables.activities, tables.people]", "[tables.activities]"),
    ("storage_is_declared", MAIN, "[containers.deadLetters, containers.package]", "[containers.package]"),
    ("settings_match", MAIN, "      HOLD_SECONDS: '300'\n", ""),
    ("settings_match", MAIN, "HOLD_SECONDS: '300'", "HOLD_SECONDS: '30'"),
    ("settings_match", MAIN, "DEAD_LETTER_QUEUE: queues", "DEADLETTER_QUEUE: queues"),
    ("settings_match", MAIN, "GRAPH_BASE_URL: 'https://graph.microsoft.com/v1.0'", "GRAPH_BASE_URL: 'x'"),
    ("settings_match", MAIN, "...(empty(lmsSources) ? {} : { LMS_SOURCES: lmsSources })", "LMS_SOURCES: lmsSources"),
    ("settings_match", MAIN, "param retryMaxAgeHours int = 48", "param retryMaxAgeHours int = 24"),
    ("roles_fit", ROLES, "  scope: queues[i]\n", "  scope: account\n"),
    ("roles_fit", ROLES, "  scope: account\n", ""),
    ("roles_fit", ROLES, PUBLISHER, PUBLISHER.replace("queueSender", "queueContributor")),
    ("roles_fit", ROLES, PUBLISHER, PUBLISHER.replace("inbound", "retry")),
    ("roles_fit", ROLES, "  { queue: '${retryQueue}-poison', grant: builtIn.queueContributor, to: app }\n", ""),
    ("roles_fit", ROLES, "builtIn.peopleReader, to: app", "builtIn.tableContributor, to: app"),
    ("roles_fit", ROLES, "var publisher = { id: publisherPrincipalId,", "var publisher = { id: appPrincipalId,"),
    ("roles_fit", ROLES, "id: operatorsGroupId, type: 'Group'", "id: operatorsGroupId, type: 'User'"),
    ("roles_fit", MAIN, "appPrincipalId: identity.properties.principalId", "appPrincipalId: ''"),
    ("roles_fit", ROLES, "'974c5e8b-45b9-4653-ba55-5f855dd0fb88'", "'974c5e8b-45b9-4653-ba55-5f855dd0fb89'"),
    ("role_names_fit", ROLES, "'974c5e8b-45b9-4653-ba55-5f855dd0fb88'", "'8a0f0c08-91a1-4084-bc3d-661d67233fed'"),
    ("role_names_fit", GRAPH, "'97235f07-e226-4f63-ace3-39588e11d3a1'", "'df021288-bdef-4463-88db-98f22de89214'"),
    ("role_names_fit", "infra/scripts/grant-graph-permissions.sh", "echo df021288", "echo df021289"),
    ("alerts_tell", ALERTS, "actionGroups: [team.id]", "actionGroups: []"),
    ("alerts_tell", "infra/alerts/configuration-hold.kql", "'lms.holds'", "'lms.hold'"),
    ("alerts_tell", "infra/alerts/oldest-event.kql", "'lms-events'", "'lms-event'"),
    ("alerts_tell", "infra/alerts/dead-letters.kql", "Written = ", "Count = "),
    ("alerts_tell", STORAGE, "category: 'StorageWrite'", "category: 'StorageRead'"),
    ("alerts_tell", "infra/alerts/dead-letters.kql", "Properties.reason", "Properties.lms_reason"),
    ("alerts_tell", "infra/alerts/oldest-event.kql", "max(Sum)", "max(Max)"),
    ("alerts_tell", "infra/alerts/no-success.kql", "Outcome == 'retry'", "Outcome == 'retried'"),
    ("alerts_tell", "infra/alerts/no-success.kql", "'replaced', 'deleted'", "'replaced', 'removed'"),
    ("pictures_ask", "infra/workbook.json", "'lms.retries'", "'lms.retried'"),
    ("pictures_ask", "infra/workbook.json", "Properties.operation", "Properties.method"),
    ("bodies_expire", MAIN, "@minValue(14)", "@minValue(7)"),
    ("bodies_expire", STORAGE, "prefixMatch: ['${expiringContainer}/']", "prefixMatch: []"),
    ("bodies_expire", MAIN, "expiringContainer: containers.deadLetters", "expiringContainer: containers.package"),
    ("parameters_speak", MAIN, "Required. Mail address", "Mail address"),
    ("parameters_speak", MAIN, "Optional. Region of", "Required. Region of"),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_the_infrastructure_keeps_the_rule(rule: str) -> None:
    """The files in infra/ give a rule nothing to report."""
    assert list(RULES[rule](Project())) == []


@pytest.mark.parametrize(("rule", "path", "old", "new"), SLIPS, ids=[f"{row[0]}-{n}" for n, row in enumerate(SLIPS)])
def test_the_rule_reports_the_slip(rule: str, path: str, old: str, new: str) -> None:
    """A rule reports a slip that it is there for."""
    assert list(RULES[rule](Project().but(path, old, new))) != []


def test_every_rule_has_a_slip() -> None:
    """No rule is there that was never seen to report anything."""
    assert {row[0] for row in SLIPS} == set(RULES)
