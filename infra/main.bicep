// LMS Activity Sync, with everything in one resource group.
// An administrator of the directory grants the Microsoft Graph permissions separately, with graph.bicep.
import { accessRestriction, sender } from 'modules/types.bicep'

targetScope = 'resourceGroup'

// ---------- Parameters ----------

@description('Required. Short name of this environment, such as dev or prod. Part of every resource name.')
@minLength(2)
@maxLength(12)
param environmentName string

@description('Required. Registration id of the learning provider in Viva Learning.')
@minLength(1)
param learningProviderId string

@description('Required. Mail addresses that the alerts go to, separated by commas.')
@minLength(3)
param alertEmail string

@description('Optional. Address that every alert is posted to as well, in the common alert schema: a chat or a ticket system. If empty, nothing is posted.')
@secure()
param alertWebhookUrl string = ''

@description('Optional. Where your team reads docs/operations.md. Every alert links to its runbook there.')
param operationsUrl string = 'docs/operations.md'

@description('Optional. Region of all resources.')
param location string = resourceGroup().location

@description('Optional. Object id of the service principal with which the LMS publishes. It may send to the inbound queue and do nothing else. If empty, nobody gets the role.')
param publisherPrincipalId string = ''

@description('Optional. Object id of the Entra group of the operators. If empty, nobody gets their roles.')
param operatorsGroupId string = ''

@description('Optional. Object id of the Entra group of the ledger administrators, who may change the ledger and the table of people. If empty, nobody gets their roles.')
param ledgerAdministratorsGroupId string = ''

@description('Optional. Whether storage can be reached only through private endpoints in a virtual network.')
param privateNetwork bool = false

@description('Optional. Address space of the virtual network. It must be a /24.')
param addressPrefix string = '10.90.0.0/24'

@description('Optional. Maximum number of instances per queue function. More of them would only share the same Microsoft Graph quota. If a region refuses 2, use 40, which is just as safe: docs/capacity.md.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 2

@description('Optional. Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Optional. Redundancy of the storage account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_ZRS'

@description('Optional. Whether a lock keeps the storage account from being deleted. Whoever deploys then needs the right to create locks: docs/deployment.md.')
param lockStorage bool = false

@description('Optional. Whether to log who reads, writes and deletes in storage, except for the app itself: docs/operations.md.')
param auditStorage bool = true

@description('Optional. Days that a dead letter is kept after it was last written. Then it\'s deleted, even if nobody has looked at it.')
@minValue(14)
@maxValue(365)
param deadLetterDays int = 90

@description('Optional. Days that logs and metrics are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 90

@description('Optional. Maximum gigabytes of logs per day, or -1 for no limit. Once it\'s reached, most alerts can\'t fire.')
param dailyLogQuotaGb int = 5

@description('Optional. Age in minutes at which the oldest event on the inbound queue raises an alert.')
@minValue(5)
param oldestEventMinutes int = 60

@description('Optional. Hours that a change to an activity may wait before it raises an alert. Changes whose course isn\'t in the catalogue yet don\'t count.')
@minValue(1)
param oldestChangeHours int = 6

@description('Optional. Hours without any event from the LMS that raise an alert, or 0 for never.')
@allowed([0, 1, 2, 3, 4, 5, 6, 24, 48])
param noEventsHours int = 48

@description('Optional. Hours that a dead letter may stay before it raises an alert.')
@minValue(1)
param oldDeadLetterHours int = 72

@description('Optional. Percentage of requests throttled by Microsoft Graph within an hour that raises an alert.')
@minValue(1)
@maxValue(100)
param throttledPercent int = 50

@description('Optional. Folder with more LMS formats inside the deployed package. If empty, there are only the built-in ones.')
param formatsFolder string = ''

@description('Optional. What\'s special about each LMS, as JSON: docs/formats.md. May be empty.')
param lmsSources string = ''

@description('Optional. How many hours the responses to an event\'s requests may be unclear, while others get through, before the event becomes a dead letter.')
@minValue(1)
param retryMaxAgeHours int = 48

@description('Optional. How many hours a course may be missing from the catalogue before its event becomes a dead letter.')
@minValue(1)
param contentMaxAgeHours int = 72

@description('Optional. The senders that may deliver webhooks, by name: the app setting WEBHOOKS. If empty, the app has no function that can be called over HTTP.')
param webhooks { *: sender } = {}

@description('Optional. Names of the senders whose secret is being rotated. Until you remove a name, both its current secret and its next one are accepted.')
param webhooksRotating string[] = []

@description('Optional. Who may call the app while webhooks are delivered: ipSecurityRestrictions of Azure App Service. If empty, everybody may.')
param webhookAccessRestrictions accessRestriction[] = []

@description('Optional. Object id of the Entra group that may read and set the secrets of webhooks. If empty, nobody gets the role.')
param vaultOfficersGroupId string = ''

@description('Optional. Whether the ledger was lost. The app then looks for an activity in Graph before it creates the first one of an enrolment: docs/operations.md.')
param ledgerRebuild bool = false

@description('Optional. Whether the app writes to Microsoft Graph. With `shadow`, it works everything out but writes nothing.')
@allowed(['live', 'shadow'])
param syncMode string = 'live'

@description('Optional. The learners whose activities are written, separated by commas: their Entra object ids, or how events name them. Everybody else is then in shadow. If empty, syncMode applies to everybody.')
param pilotLearners string = ''

@description('Optional. Days after its latest event when the record of an enrolment is forgotten, or 0 for never: docs/privacy.md.')
@minValue(0)
param retentionDays int = 0

@description('Optional. Tags of all resources.')
param tags { *: string } = {}

// ---------- Names ----------

var token = uniqueString(resourceGroup().id, environmentName)
var suffix = 'lms-sync-${environmentName}'
// The roles need these names before anything exists, because a what-if can only show a role whose names are already known.
var storageAccountName = 'st${token}'
var appInsightsName = 'appi-${suffix}'
var vaultName = 'kv-${token}'
var queues = {
  inbound: 'lms-events'
  retry: 'lms-events-retry'
}
// The host moves a message that it can't deliver to '<queue>-poison'. It would only create that queue at the first
// failure, with a right that the app doesn't have. So all queues are declared here.
var queueNames = [
  queues.inbound
  '${queues.inbound}-poison'
  queues.retry
  '${queues.retry}-poison'
]
var tables = {
  activities: 'activities'
  people: 'people'
}
var containers = {
  deadLetters: 'dead-letters'
  eventBodies: 'event-bodies'
  package: 'app-package'
}
// The app deletes a large event's body when its message is done. Only a crash leaves one behind. A message never expires,
// and keeps its body during a hold. So a body must outlive the longest hold. A hold keeps
// raising an alert of severity 1, so none lasts for a year.
var eventBodyDays = 365

// The app refuses deliveries above 1,048,576 bytes with 413. Those above twice that size don't even reach it, so nobody
// can fill its memory.
var deliveryLimitBytes = 2097152

// ---------- Webhooks ----------

var webhooksNamed = !empty(webhooks)
// A token is signed with a key that its issuer publishes. All other schemes have a secret.
var withSecret = filter(items(webhooks), sender => sender.value.scheme != 'jwt')
var rotating = filter(withSecret, sender => contains(webhooksRotating, sender.key))
var webhookSettings = {
  WEBHOOKS: string(webhooks)
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: string(deliveryLimitBytes)
  ...toObject(
    withSecret,
    sender => 'WEBHOOK_SECRET_${toUpper(sender.key)}',
    sender => '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=webhook-${sender.key})'
  )
  ...toObject(
    rotating,
    sender => 'WEBHOOK_SECRET_${toUpper(sender.key)}_NEXT',
    sender => '@Microsoft.KeyVault(VaultName=${vaultName};SecretName=webhook-${sender.key}-next)'
  )
}

// ---------- Resources ----------

// User-assigned, so that its roles exist before the app does and survive when the app is created again.
resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-${suffix}'
  location: location
  tags: tags
}

module monitoring 'modules/monitoring.bicep' = {
  params: {
    location: location
    suffix: suffix
    appInsightsName: appInsightsName
    retentionDays: logRetentionDays
    dailyQuotaGb: dailyLogQuotaGb
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  params: {
    location: location
    name: storageAccountName
    sku: storageSku
    locked: lockStorage
    queueNames: queueNames
    tableNames: [tables.activities, tables.people]
    containerNames: [containers.deadLetters, containers.eventBodies, containers.package]
    expiry: [
      { container: containers.deadLetters, days: deadLetterDays }
      { container: containers.eventBodies, days: eventBodyDays }
    ]
    publicNetwork: !privateNetwork
    workspaceId: monitoring.outputs.workspaceId
    tags: tags
  }
}

module vault 'modules/vault.bicep' = if (webhooksNamed) {
  params: {
    location: location
    name: vaultName
    publicNetwork: !privateNetwork
    workspaceId: monitoring.outputs.workspaceId
    tags: tags
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  params: {
    location: location
    suffix: suffix
    addressPrefix: addressPrefix
    storageAccountId: storage.outputs.accountId
    vaultId: webhooksNamed ? vault!.outputs.vaultId : ''
    tags: tags
  }
}

module audit 'modules/audit.bicep' = if (auditStorage) {
  dependsOn: [storage]
  params: {
    location: location
    suffix: suffix
    storageAccountName: storageAccountName
    workspaceId: monitoring.outputs.workspaceId
    appIdentity: identity.properties.principalId
    tags: tags
  }
}

module auditedWorkspace 'modules/workspace.bicep' = if (auditStorage) {
  params: {
    location: location
    suffix: suffix
    retentionDays: logRetentionDays
    dailyQuotaGb: dailyLogQuotaGb
    dataCollectionRuleId: audit!.outputs.dataCollectionRuleId
    tags: tags
  }
}

// ---------- Roles ----------

module roles 'modules/roles.bicep' = {
  dependsOn: [storage, monitoring, vault]
  params: {
    storageAccountName: storageAccountName
    appInsightsName: appInsightsName
    appIdentityId: identity.id
    appPrincipalId: identity.properties.principalId
    publisherPrincipalId: publisherPrincipalId
    operatorsGroupId: operatorsGroupId
    ledgerAdministratorsGroupId: ledgerAdministratorsGroupId
    vaultOfficersGroupId: vaultOfficersGroupId
    vaultName: webhooksNamed ? vaultName : ''
    inboundQueue: queues.inbound
    retryQueue: queues.retry
    deadLetterContainer: containers.deadLetters
    eventBodyContainer: containers.eventBodies
    activitiesTable: tables.activities
    peopleTable: tables.people
  }
}

// ---------- The app ----------

module app 'modules/app.bicep' = {
  // When the app first starts, the host reads its storage and the platform reads the secrets. So the roles come first.
  dependsOn: [roles]
  params: {
    location: location
    suffix: suffix
    token: token
    identityId: identity.id
    packageUrl: '${storage.outputs.blobEndpoint}${containers.package}'
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    workspaceId: monitoring.outputs.workspaceId
    maximumInstanceCount: maximumInstanceCount
    instanceMemoryMB: instanceMemoryMB
    webhooks: webhooksNamed
    accessRestrictions: webhookAccessRestrictions
    tags: tags
    settings: {
      AzureWebJobsStorage__accountName: storage.outputs.accountName
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      AZURE_CLIENT_ID: identity.properties.clientId
      APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: 'true'
      // Spans of HTTP clients name URLs, which hold ids of courses and people. The app suppresses such spans too. This
      // is a second safeguard.
      OTEL_PYTHON_DISABLED_INSTRUMENTATIONS: 'httpx,httpx2,requests,urllib,urllib3'
      LEARNING_PROVIDER_ID: learningProviderId
      GRAPH_BASE_URL: 'https://graph.microsoft.com/v1.0'
      LMS_EVENTS_QUEUE: queues.inbound
      LMS_EVENTS_RETRY_QUEUE: queues.retry
      DEAD_LETTER_CONTAINER: containers.deadLetters
      EVENT_BODY_CONTAINER: containers.eventBodies
      ACTIVITIES_TABLE: tables.activities
      PEOPLE_TABLE: tables.people
      RETRY_MAX_AGE_HOURS: string(retryMaxAgeHours)
      CONTENT_MAX_AGE_HOURS: string(contentMaxAgeHours)
      BLAME_TRIES: '5'
      HOLD_SECONDS: '300'
      GRAPH_DEADLINE_SECONDS: '40'
      LEASE_SECONDS: '60'
      CLOCK_MARGIN_SECONDS: '10'
      SETTLE_SECONDS: '60'
      KIND_GRACE_SECONDS: '120'
      SHARE_SECONDS: '30'
      LEDGER_REBUILD: ledgerRebuild ? 'true' : 'false'
      SYNC_MODE: syncMode
      ...(empty(pilotLearners) ? {} : { PILOT_LEARNERS: pilotLearners })
      ...(retentionDays == 0 ? {} : { RETENTION_DAYS: string(retentionDays) })
      ...(empty(formatsFolder) ? {} : { LMS_FORMATS_DIR: formatsFolder })
      ...(empty(lmsSources) ? {} : { LMS_SOURCES: lmsSources })
      ...(webhooksNamed ? webhookSettings : {})
    }
  }
}

// ---------- Alerts and charts ----------

module alerts 'modules/alerts.bicep' = {
  params: {
    location: location
    suffix: suffix
    emails: alertEmail
    webhookUrl: alertWebhookUrl
    operationsUrl: operationsUrl
    workspaceId: monitoring.outputs.workspaceId
    oldestEventMinutes: oldestEventMinutes
    oldestChangeHours: oldestChangeHours
    noEventsHours: noEventsHours
    oldDeadLetterHours: oldDeadLetterHours
    throttledPercent: throttledPercent
    dailyQuotaGb: dailyLogQuotaGb
    webhooks: webhooksNamed
    tags: tags
  }
}

// ---------- Outputs ----------

@description('Name of the function app, for `lms-sync deploy --app`.')
output functionAppName string = app.outputs.name

@description('Name of the storage account.')
output storageAccountName string = storage.outputs.accountName

@description('URL of the queue to which the LMS sends its events.')
output eventsQueueUrl string = '${storage.outputs.queueEndpoint}${queues.inbound}'

@description('URL for webhooks, to which a sender\'s name has to be added. Empty without webhooks.')
output webhooksUrl string = webhooksNamed ? 'https://${app.outputs.hostName}/api/webhooks/' : ''

@description('Name of the key vault with the secrets of webhook senders. Empty without webhooks.')
output keyVaultName string = webhooksNamed ? vault!.outputs.vaultName : ''

@description('Object id of the identity that needs the Microsoft Graph permissions.')
output identityPrincipalId string = identity.properties.principalId

@description('Client id of the same identity.')
output identityClientId string = identity.properties.clientId
