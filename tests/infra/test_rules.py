"""The infrastructure follows its rules, and each rule reports it when it doesn't."""

import pytest

from tests.infra.compiler import needs_compiler
from tests.infra.project import Project
from tests.infra.rules import RULES

pytestmark = needs_compiler

MAIN, STORAGE, ROLES, APP, ALERTS, NETWORK, MONITORING, WORKSPACE, VAULT = (
    "infra/main.bicep",
    *(
        f"infra/modules/{name}.bicep"
        for name in ("storage", "roles", "app", "alerts", "network", "monitoring", "workspace", "vault")
    ),
)

GRAPH = "infra/graph.bicep"
TYPES = "infra/modules/types.bicep"
BACKUP = "infra/backup.bicep"
DEPLOYER = "infra/deployer.bicep"
PARAMETERS = "infra/main.bicepparam"
PUBLISHER = "{ queue: inboundQueue, grant: builtIn.queueSender, to: 'publisher' }"
ACCOUNT = (
    "    publicNetwork: !privateNetwork\n    workspaceId: monitoring.outputs.workspaceId\n    tags: tags\n  }\n}\n\n"
)
NETWORKS = ACCOUNT + "module vault", ACCOUNT + "module network"
PRIVATE = "empty(vaultId) ? [] : ["
POLICY = "'basicPublishingCredentialsPolicies'"
INSIGHTS = "appInsightsName: appInsightsName\n    appIdentityId"
IS_PRIVATE = "'PRIVATE_NETWORK', 'false') == 'true'"
SCM, TLS = "      scmMinTlsVersion: '1.2'\n", "    httpsOnly: true\n"
MODE = "      SYNC_MODE: syncMode\n"
KEYS = (
    "#disable-next-line outputs-should-not-contain-secrets use-user-defined-types\n"
    "output keys object = account.listKeys()\noutput accountId string"
)
REFERENCE = "'@Microsoft.KeyVault(VaultName=${vaultName};SecretName=webhook-${sender.key})'"
PEOPLE = "{ table: peopleTable, grant: builtIn.tableReader, to: 'operators' }"
BODIES = "{ container: eventBodyContainer, grant: builtIn.blobContributor, to: 'operators' }"

# A rule, a file, and a mistake in it that the rule must report.
MISTAKES = [
    ("no_keys", STORAGE, "allowSharedKeyAccess: false", "allowSharedKeyAccess: true"),
    ("no_keys", STORAGE, "    allowSharedKeyAccess: false\n", ""),
    ("no_keys", MONITORING, "DisableLocalAuth: true", "DisableLocalAuth: false"),
    ("no_keys", WORKSPACE, "disableLocalAuth: true", "disableLocalAuth: false"),
    ("no_passwords", APP, "'scm'\n    properties: { allow: false }", "'scm'\n    properties: { allow: true }"),
    ("no_passwords", APP, f"resource ftp {POLICY} = {{", f"resource ftp {POLICY} = if (false) {{"),
    ("no_keys", APP, "type: 'UserAssignedIdentity'", "type: 'StorageAccountConnectionString'"),
    ("no_keys", APP, "type: 'UserAssigned'", "type: 'SystemAssigned, UserAssigned'"),
    ("no_passwords", MAIN, "LMS_EVENTS_QUEUE: queues.inbound", "AzureWebJobsStorage: 'AccountKey=x'"),
    ("no_keys", STORAGE, "output accountId string", KEYS),
    ("transport_is_encrypted", STORAGE, "minimumTlsVersion: 'TLS1_2'", "minimumTlsVersion: 'TLS1_0'"),
    ("transport_is_encrypted", STORAGE, "supportsHttpsTrafficOnly: true", "supportsHttpsTrafficOnly: false"),
    ("transport_is_encrypted", APP, "httpsOnly: true", "httpsOnly: false"),
    ("transport_is_encrypted", APP, " minTlsVersion: '1.2'", " minTlsVersion: '1.0'"),
    ("no_public_data", STORAGE, "allowBlobPublicAccess: false", "allowBlobPublicAccess: true"),
    ("no_public_data", STORAGE, "publicAccess: 'None'", "publicAccess: 'Blob'"),
    *(("no_public_data", MAIN, text, text.replace("!privateNetwork", "true")) for text in NETWORKS),
    ("no_public_data", NETWORK, PRIVATE, "true ? [] : ["),
    ("no_public_data", NETWORK, "target: vaultId", "target: storageAccountId"),
    ("no_public_data", NETWORK, "privatelink.vaultcore", "privatelink.vault"),
    ("no_public_data", VAULT, "publicNetwork ? 'Allow' : 'Deny'", "'Allow'"),
    ("no_public_data", NETWORK, "['blob', 'queue', 'table']", "['blob', 'queue']"),
    ("no_public_data", MAIN, "privateNetwork ? network!.outputs.appSubnetId : ''", "''"),
    ("no_urls_in_spans", MAIN, "'httpx,httpx2,requests,urllib,urllib3'", "'requests,urllib,urllib3'"),
    ("storage_is_declared", MAIN, "  '${queues.retry}-poison'\n", ""),
    ("storage_is_declared", MAIN, "  '${queues.inbound}-poison'\n", ""),
    ("storage_is_declared", MAIN, "  '${queues.retry}-poison'\n]", "  '${queues.retry}-poison'\n  'dead-letters'\n]"),
    ("storage_is_declared", MAIN, "[tables.activities, tables.people]", "[tables.activities]"),
    ("storage_is_declared", MAIN, "containers.eventBodies, containers.package]", "containers.package]"),
    ("settings_match", MAIN, "      HOLD_SECONDS: '300'\n", ""),
    ("settings_match", MAIN, "HOLD_SECONDS: '300'", "HOLD_SECONDS: '30'"),
    ("settings_match", MAIN, "DEAD_LETTER_CONTAINER: ", "DEADLETTER_CONTAINER: "),
    ("settings_match", MAIN, "EVENT_BODY_CONTAINER: containers.eventBodies", "EVENT_BODY_CONTAINER: 'bodies'"),
    ("settings_match", MAIN, "GRAPH_BASE_URL: 'https://graph.microsoft.com/v1.0'", "GRAPH_BASE_URL: 'x'"),
    ("settings_match", MAIN, "...(empty(lmsSources) ? {} : { LMS_SOURCES: lmsSources })", "LMS_SOURCES: lmsSources"),
    ("settings_match", MAIN, "param ledgerRebuild bool = false", "param ledgerRebuild bool = true"),
    ("settings_match", PARAMETERS, "'LEDGER_REBUILD', 'false'", "'LEDGER_REBUILD', 'true'"),
    ("settings_match", MAIN, "param syncMode string = 'live'", "param syncMode string = 'shadow'"),
    ("settings_match", PARAMETERS, "? 'live' : syncModeText", "? 'shadow' : syncModeText"),
    ("settings_match", MAIN, "...(empty(pilotLearners) ? {} : { PILOT_LEARNERS: pilotLearners })", ""),
    ("settings_match", PARAMETERS, "empty(retentionDaysText) ? 0", "empty(retentionDaysText) ? 90"),
    ("settings_match", MAIN, "retentionDays == 0 ? {} :", "retentionDays == 1 ? {} :"),
    ("settings_match", MAIN, "param retryMaxAgeHours int = 48", "param retryMaxAgeHours int = 24"),
    ("senders_match", TYPES, "user: string", "name: string"),
    ("senders_match", TYPES, "issuer: string?", "issuer: string"),
    ("senders_match", TYPES, " | 'sha512'", ""),
    ("senders_match", TYPES, " | bearer", ""),
    ("roles_match", ROLES, "  scope: queues[i]\n", "  scope: account\n"),
    ("roles_match", ROLES, "  scope: account\n", ""),
    ("roles_match", ROLES, "  scope: containers[i]\n", "  scope: account\n"),
    ("roles_match", ROLES, BODIES, BODIES.replace("blobContributor", "blobOwner")),
    ("roles_match", ROLES, "  { queue: retryQueue, grant: builtIn.queueSender, to: 'operators' }\n", ""),
    ("roles_match", ROLES, PUBLISHER, PUBLISHER.replace("queueSender", "queueContributor")),
    ("roles_match", ROLES, PUBLISHER, PUBLISHER.replace("inbound", "retry")),
    ("roles_match", ROLES, "  { queue: '${retryQueue}-poison', grant: builtIn.queueContributor, to: 'app' }\n", ""),
    ("roles_match", ROLES, "builtIn.tableReader, to: 'app'", "builtIn.tableContributor, to: 'app'"),
    ("roles_match", ROLES, PEOPLE, PEOPLE.replace("tableReader", "tableContributor")),
    ("roles_match", ROLES, "Administrators: ledgerAdministratorsGroupId", "Administrators: operatorsGroupId"),
    ("roles_match", ROLES, "publisher: publisherPrincipalId", "publisher: appPrincipalId"),
    ("roles_match", ROLES, "operators: 'Group'", "operators: 'User'"),
    ("roles_match", MAIN, "appPrincipalId: identity.properties.principalId", "appPrincipalId: ''"),
    ("roles_match", ROLES, "'974c5e8b-45b9-4653-ba55-5f855dd0fb88'", "'974c5e8b-45b9-4653-ba55-5f855dd0fb89'"),
    ("roles_match", ROLES, "  scope: vault\n", ""),
    ("roles_match", ROLES, "builtIn.secretsUser, to: 'app'", "builtIn.secretsOfficer, to: 'app'"),
    ("roles_match", ROLES, "vaultOfficers: vaultOfficersGroupId", "vaultOfficers: operatorsGroupId"),
    ("roles_match", MAIN, "vaultName: webhooksNamed ? vaultName : ''", "vaultName: vaultName"),
    ("roles_match", ROLES, "principals = { ...names, app: appPrincipalId }", "principals = names"),
    ("roles_are_foreseen", ROLES, "  app: appIdentityId", "  app: appPrincipalId"),
    ("roles_are_foreseen", MAIN, INSIGHTS, INSIGHTS.replace("appInsightsName\n", "'appi'\n")),
    ("deployer_is_constrained", DEPLOYER, "    condition: join(conditions, ' AND ')\n", ""),
    ("deployer_is_constrained", DEPLOYER, "join(conditions, ' AND ')", "join(conditions, ' OR ')"),
    ("deployer_is_constrained", DEPLOYER, "of: '@Resource'", "of: '@Request'"),
    ("deployer_is_constrained", DEPLOYER, "'ServicePrincipal\\', ", "'User\\', "),
    ("deployer_is_constrained", DEPLOYER, "{${roles}}", "{${roles}, ${contributor}}"),
    ("deployer_is_constrained", DEPLOYER, "whatIf/action'", "*'"),
    ("deployer_is_constrained", DEPLOYER, "locks/write'", "*'"),
    ("deployer_is_constrained", DEPLOYER, " (${uniqueString(resourceGroup().id)})", ""),
    ("deployer_is_constrained", DEPLOYER, "'f58310d9", "'f58310d8"),
    ("backup_is_closed", BACKUP, "allowSharedKeyAccess: false", "allowSharedKeyAccess: true"),
    ("backup_is_closed", BACKUP, "minimumTlsVersion: 'TLS1_2'", "minimumTlsVersion: 'TLS1_0'"),
    ("backup_is_closed", BACKUP, "publicAccess: 'None'", "publicAccess: 'Blob'"),
    ("backup_is_closed", BACKUP, "principalType: 'Group'", "principalType: 'User'"),
    ("backup_is_closed", BACKUP, "readersGroupId, blobReader)\n  scope: container", "readersGroupId, blobReader)"),
    ("backup_is_closed", BACKUP, "GreaterThan: backupDays", "GreaterThan: 30"),
    ("nothing_that_flex_refuses", APP, SCM, SCM + "ftpsState: 'Disabled'\n"),
    ("nothing_that_flex_refuses", APP, SCM, SCM + "linuxFxVersion: null\n"),
    ("nothing_that_flex_refuses", APP, TLS, TLS + "vnetRouteAllEnabled: true\n"),
    ("nothing_that_flex_refuses", MAIN, MODE, MODE + "FUNCTIONS_WORKER_RUNTIME: 'python'\n"),
    ("scale_is_chosen", APP, "version: '3.13'", "version: '3.12'"),
    ("scale_is_chosen", APP, "maximumInstanceCount: maximumInstanceCount", "maximumInstanceCount: 2"),
    ("scale_is_chosen", APP, "instanceMemoryMB: instanceMemoryMB", "instanceMemoryMB: 2048"),
    ("environment_is_passed_on", PARAMETERS, "int(maximumInstanceCountText)", "2"),
    ("environment_is_passed_on", PARAMETERS, "'4096': 4096", "'4096': 2048"),
    ("environment_is_passed_on", PARAMETERS, IS_PRIVATE, IS_PRIVATE.replace("true", "yes")),
    ("environment_is_passed_on", PARAMETERS, "'LMS_PUBLISHER_PRINCIPAL_ID'", "'LMS_PUBLISHER_ID'"),
    ("environment_is_passed_on", PARAMETERS, "'live' : syncModeText", "'live' : 'live'"),
    ("scale_is_chosen", PARAMETERS, "empty(maximumInstanceCountText) ? 2", "empty(maximumInstanceCountText) ? 40"),
    ("role_names_match", ROLES, "'4633458b-17de-408a-b874-0445c86b69e6'", "'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'"),
    ("role_names_match", ROLES, "'974c5e8b-45b9-4653-ba55-5f855dd0fb88'", "'8a0f0c08-91a1-4084-bc3d-661d67233fed'"),
    ("role_names_match", GRAPH, "'97235f07-e226-4f63-ace3-39588e11d3a1'", "'df021288-bdef-4463-88db-98f22de89214'"),
    ("role_names_match", "infra/scripts/grant-graph-permissions.sh", "echo df021288", "echo df021289"),
    ("alerts_work", ALERTS, "actionGroups: [team.id]", "actionGroups: []"),
    ("alerts_work", "infra/alerts/configuration-hold.kql", "'lms.holds'", "'lms.hold'"),
    ("alerts_work", "infra/alerts/oldest-event.kql", "'lms-events'", "'lms-event'"),
    ("alerts_work", "infra/alerts/dead-letters.kql", "Written = ", "Count = "),
    ("alerts_work", STORAGE, "category: 'StorageWrite'", "category: 'StorageRead'"),
    ("alerts_work", "infra/alerts/dead-letters.kql", "Properties.reason", "Properties.lms_reason"),
    ("alerts_work", "infra/alerts/oldest-event.kql", "max(Sum)", "max(Max)"),
    ("alerts_work", "infra/alerts/no-success.kql", "Outcome == 'retry'", "Outcome == 'retried'"),
    ("alerts_work", "infra/alerts/no-success.kql", "'awaiting_kind'", "'awaits_kind'"),
    ("alerts_work", "infra/alerts/no-success.kql", "'replaced', 'deleted'", "'replaced', 'removed'"),
    ("alerts_work", "infra/alerts/webhook-closed.kql", "'webhook_closed'", "'webhook_close'"),
    ("alerts_work", "infra/alerts/webhook-closed.kql", "Properties.sender", "Properties.name"),
    ("alerts_work", "infra/alerts/webhook-refusals.kql", "Properties.status", "Properties.code"),
    ("alerts_work", "infra/alerts/webhook-refusals.kql", "by Sender =", "by From ="),
    ("alerts_work", "infra/alerts/webhook-errors.kql", "Errors =", "Seen ="),
    ("workbook_is_complete", "infra/workbook.json", "'lms.retries'", "'lms.retried'"),
    ("workbook_is_complete", "infra/workbook.json", "Properties.operation", "Properties.method"),
    ("workbook_is_complete", "infra/workbook.json", "Properties.value", "Properties.name"),
    ("blobs_expire", MAIN, "@minValue(14)", "@minValue(7)"),
    ("blobs_expire", MAIN, "param deadLetterDays int = 90", "param deadLetterDays int = 60"),
    ("blobs_expire", PARAMETERS, "empty(deadLetterDaysText) ? 90", "empty(deadLetterDaysText) ? 60"),
    ("blobs_expire", MAIN, "days: deadLetterDays", "days: 90"),
    ("blobs_expire", MAIN, "var eventBodyDays = 365", "var eventBodyDays = 90"),
    ("blobs_expire", STORAGE, "prefixMatch: ['${row.container}/']", "prefixMatch: []"),
    ("blobs_expire", MAIN, "{ container: containers.deadLetters, days", "{ container: containers.package, days"),
    ("off_by_default", MAIN, "var webhooksNamed = !empty(webhooks)", "var webhooksNamed = true"),
    ("off_by_default", MAIN, "vault.bicep' = if (webhooksNamed)", "vault.bicep' = if (true)"),
    ("off_by_default", MAIN, "...(webhooksNamed ? webhookSettings : {})", "...webhookSettings"),
    ("off_by_default", ALERTS, "webhooks ? ofWebhooks : []", "ofWebhooks"),
    ("off_by_default", ALERTS, "name: 'webhook-errors'", "name: 'webhook-poison'"),
    ("off_by_default", APP, "...(webhooks ? access : {})", "...access"),
    ("off_by_default", APP, "...(webhooks ? { keyVaultReferenceIdentity", "...(true ? { keyVaultReferenceIdentity"),
    ("off_by_default", APP, "...(webhooks ? { triggers: {", "...(true ? { triggers: {"),
    ("secrets_are_referenced", MAIN, "string(webhooks)", "'{}'"),
    ("secrets_are_referenced", MAIN, "sender.value.scheme != 'jwt'", "true"),
    ("secrets_are_referenced", MAIN, "contains(webhooksRotating, sender.key)", "true"),
    ("secrets_are_referenced", MAIN, "toUpper(sender.key)}'", "sender.key}'"),
    ("secrets_are_referenced", MAIN, REFERENCE, "'secret'"),
    ("secrets_are_referenced", MAIN, "webhook-${sender.key}-next", "webhook-${sender.key}"),
    ("secrets_are_referenced", APP, "{ keyVaultReferenceIdentity: identityId }", "{ keyVaultReferenceIdentity: 'x' }"),
    ("secrets_are_referenced", MAIN, "}/api/webhooks/'", "}/webhooks/'"),
    ("vault_is_protected", VAULT, "enablePurgeProtection: true", "enablePurgeProtection: false"),
    ("vault_is_protected", VAULT, "enableSoftDelete: true", "enableSoftDelete: false"),
    ("vault_is_protected", VAULT, "enableRbacAuthorization: true", "enableRbacAuthorization: false"),
    ("vault_is_protected", VAULT, "softDeleteRetentionInDays: 90", "softDeleteRetentionInDays: 7"),
    ("vault_is_protected", VAULT, "bypass: 'None'", "bypass: 'AzureServices'"),
    ("vault_is_protected", VAULT, "publicNetwork ? 'Enabled' : 'Disabled'", "'Disabled'"),
    ("vault_is_protected", VAULT, "category: 'AuditEvent', enabled: true", "category: 'AuditEvent', enabled: false"),
    ("vault_is_protected", MAIN, "'kv-${token}'", "'kv-lms-sync'"),
    ("callers_are_chosen", APP, "    httpsOnly: true\n", "    httpsOnly: true\n    publicNetworkAccess: 'Disabled'\n"),
    ("callers_are_chosen", APP, "httpsOnly: true", "httpsOnly: false"),
    ("callers_are_chosen", APP, "empty(accessRestrictions) ? 'Allow' : 'Deny'", "'Allow'"),
    ("callers_are_chosen", APP, "ipSecurityRestrictions: accessRestrictions", "ipSecurityRestrictions: []"),
    ("callers_are_chosen", APP, "scmIpSecurityRestrictionsUseMain: false", "scmIpSecurityRestrictionsUseMain: true"),
    ("callers_are_chosen", APP, "perInstanceConcurrency: 16", "perInstanceConcurrency: 1"),
    ("callers_are_chosen", MAIN, "deliveryLimitBytes = 2097152", "deliveryLimitBytes = 104857600"),
    ("callers_are_chosen", MAIN, "deliveryLimitBytes = 2097152", "deliveryLimitBytes = 1048576"),
    ("parameters_are_described", MAIN, "Required. Mail address", "Mail address"),
    ("parameters_are_described", MAIN, "Optional. Region of", "Required. Region of"),
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_the_infrastructure_keeps_the_rule(rule: str) -> None:
    """A rule has nothing to report about the files in infra/."""
    assert list(RULES[rule](Project())) == []


@pytest.mark.parametrize(
    ("rule", "path", "old", "new"), MISTAKES, ids=[f"{row[0]}-{number}" for number, row in enumerate(MISTAKES)]
)
def test_the_rule_reports_the_mistake(rule: str, path: str, old: str, new: str) -> None:
    """A rule reports the mistakes that it's meant to find."""
    assert next(iter(RULES[rule](Project().but(path, old, new))), None)


def test_every_rule_has_a_mistake() -> None:
    """There's no rule that was never seen to report anything."""
    assert {row[0] for row in MISTAKES} == set(RULES)
