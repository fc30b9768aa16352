// Who may do what, and where. Every role is assigned at the narrowest scope that works. docs/deployment.md says why.

@description('Required. Name of the storage account.')
param storageAccountName string

@description('Required. Name of the Application Insights component.')
param appInsightsName string

@description('Required. Id of the app\'s identity, as a resource. Its roles are named after it, because it\'s known before the identity exists.')
param appIdentityId string

@description('Required. Object id of the app\'s identity.')
param appPrincipalId string

@description('Required. Object id of the LMS publisher, or empty.')
param publisherPrincipalId string

@description('Required. Object id of the operators\' group, or empty.')
param operatorsGroupId string

@description('Required. Object id of the ledger administrators\' group, or empty.')
param ledgerAdministratorsGroupId string

@description('Required. Object id of the group that may read and set the secrets of webhooks, or empty.')
param vaultOfficersGroupId string

@description('Required. Name of the key vault, or empty.')
param vaultName string

@description('Required. Queue that the LMS publishes to.')
param inboundQueue string

@description('Required. Queue of retries.')
param retryQueue string

@description('Required. Container of dead letters.')
param deadLetterContainer string

@description('Required. Container of the bodies of large events that are being processed.')
param eventBodyContainer string

@description('Required. Table of the ledger.')
param activitiesTable string

@description('Required. Table that says who the LMS accounts are.')
param peopleTable string

// ---------- Principals and roles ----------

// The principals that role assignments are named after. If one is empty, nobody gets its roles.
var names = {
  app: appIdentityId
  publisher: publisherPrincipalId
  operators: operatorsGroupId
  ledgerAdministrators: ledgerAdministratorsGroupId
  vaultOfficers: vaultOfficersGroupId
}
var principals = { ...names, app: appPrincipalId }
var types = {
  app: 'ServicePrincipal'
  publisher: 'ServicePrincipal'
  operators: 'Group'
  ledgerAdministrators: 'Group'
  vaultOfficers: 'Group'
}

// Azure's built-in roles, which are the same in every tenant.
@export()
var builtIn = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  queueSender: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a' // Storage Queue Data Message Sender
  queueReader: '19e7f393-937e-4f77-808e-94535e297925' // Storage Queue Data Reader
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
  tableReader: '76199698-9eea-4c19-bc75-cec21354c6b6' // Storage Table Data Reader
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
  overviewReader: '43d0d8ad-25c7-4714-9337-8ba259a9fe05' // Monitoring Reader
  secretsUser: '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
  secretsOfficer: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7' // Key Vault Secrets Officer
}

// ---------- Role assignments ----------

// The triggers need Contributor, because Reader and Message Processor together can't release a failed message.
// Operators need it on the poison queues, to put stranded messages back. On the retry queue they need to send, for
// redrives and control messages.
var onQueues = [
  { queue: inboundQueue, grant: builtIn.queueContributor, to: 'app' }
  { queue: '${inboundQueue}-poison', grant: builtIn.queueContributor, to: 'app' }
  { queue: retryQueue, grant: builtIn.queueContributor, to: 'app' }
  { queue: '${retryQueue}-poison', grant: builtIn.queueContributor, to: 'app' }
  { queue: inboundQueue, grant: builtIn.queueSender, to: 'publisher' }
  { queue: inboundQueue, grant: builtIn.queueReader, to: 'operators' }
  { queue: inboundQueue, grant: builtIn.queueSender, to: 'operators' }
  { queue: '${inboundQueue}-poison', grant: builtIn.queueContributor, to: 'operators' }
  { queue: retryQueue, grant: builtIn.queueReader, to: 'operators' }
  { queue: retryQueue, grant: builtIn.queueSender, to: 'operators' }
  { queue: '${retryQueue}-poison', grant: builtIn.queueContributor, to: 'operators' }
]
// Operators read what the app knows. Only ledger administrators change what it goes by.
var onTables = [
  { table: activitiesTable, grant: builtIn.tableContributor, to: 'app' }
  { table: peopleTable, grant: builtIn.tableReader, to: 'app' }
  { table: activitiesTable, grant: builtIn.tableReader, to: 'operators' }
  { table: peopleTable, grant: builtIn.tableReader, to: 'operators' }
  { table: activitiesTable, grant: builtIn.tableContributor, to: 'ledgerAdministrators' }
  { table: peopleTable, grant: builtIn.tableContributor, to: 'ledgerAdministrators' }
]
// No built-in role allows deleting blobs without writing them, or writing blobs without reading them.
var onContainers = [
  { container: deadLetterContainer, grant: builtIn.blobContributor, to: 'app' }
  { container: eventBodyContainer, grant: builtIn.blobContributor, to: 'app' }
  { container: deadLetterContainer, grant: builtIn.blobContributor, to: 'operators' }
  { container: eventBodyContainer, grant: builtIn.blobContributor, to: 'operators' }
]
// The vault holds the secrets of webhooks and nothing else.
var onVault = [
  { grant: builtIn.secretsUser, to: 'app' }
  { grant: builtIn.secretsOfficer, to: 'vaultOfficers' }
]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName
}

resource appInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: appInsightsName
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' existing = [for row in onQueues: {
  name: '${storageAccountName}/default/${row.queue}'
}]

resource queueRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (row, i) in onQueues: if (!empty(names[row.to])) {
  name: guid(queues[i].id, names[row.to], row.grant)
  scope: queues[i]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', row.grant)
    principalId: principals[row.to]
    principalType: types[row.to]
  }
}]

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' existing = [for row in onTables: {
  name: '${storageAccountName}/default/${row.table}'
}]

resource tableRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (row, i) in onTables: if (!empty(names[row.to])) {
  name: guid(tables[i].id, names[row.to], row.grant)
  scope: tables[i]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', row.grant)
    principalId: principals[row.to]
    principalType: types[row.to]
  }
}]

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' existing = [for row in onContainers: {
  name: '${storageAccountName}/default/${row.container}'
}]

resource containerRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (row, i) in onContainers: if (!empty(names[row.to])) {
  name: guid(containers[i].id, names[row.to], row.grant)
  scope: containers[i]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', row.grant)
    principalId: principals[row.to]
    principalType: types[row.to]
  }
}]

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = if (!empty(vaultName)) {
  // The name is evaluated even if there is no vault, and may not be empty.
  name: empty(vaultName) ? 'none' : vaultName
}

resource vaultRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for row in onVault: if (!empty(vaultName) && !empty(names[row.to])) {
  name: guid(vault.id, names[row.to], row.grant)
  scope: vault
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', row.grant)
    principalId: principals[row.to]
    principalType: types[row.to]
  }
}]

// The host creates containers of its own (locks, timers, keys), lists them and leases blobs in them. Microsoft documents
// this role on the account for that. Every container in the account belongs to the app.
resource hostStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, names.app, builtIn.blobOwner)
  scope: account
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtIn.blobOwner)
    principalId: principals.app
    principalType: types.app
  }
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(appInsights.id, names.app, builtIn.metricsPublisher)
  scope: appInsights
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtIn.metricsPublisher)
    principalId: principals.app
    principalType: types.app
  }
}

resource overview 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(operatorsGroupId)) {
  name: guid(resourceGroup().id, names.operators, builtIn.overviewReader)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', builtIn.overviewReader)
    principalId: principals.operators
    principalType: types.operators
  }
}
