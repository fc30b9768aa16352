// Who has read, written or deleted anything in storage, except for the app itself. The host and the scale controller look
// for messages day and night with the app's identity, and every event takes several requests. A rule drops all of that
// before it's stored.

@description('Required. Region.')
param location string

@description('Required. Suffix of the resource names.')
param suffix string

@description('Required. Name of the storage account.')
param storageAccountName string

@description('Required. Workspace that receives the logs.')
param workspaceId string

@description('Required. Object id of the identity of the app.')
param appIdentity string

@description('Required. Tags.')
param tags { *: string }

// What is kept of each table. The host moves messages to the poison queues with the app's identity, and an alert needs that.
var flows = [
  { table: 'StorageBlobLogs', keep: loadTextContent('../audit/StorageBlobLogs.kql') }
  { table: 'StorageQueueLogs', keep: loadTextContent('../audit/StorageQueueLogs.kql') }
  { table: 'StorageTableLogs', keep: loadTextContent('../audit/StorageTableLogs.kql') }
]

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' existing = {
  parent: account
  name: 'default'
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' existing = {
  parent: account
  name: 'default'
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' existing = {
  parent: account
  name: 'default'
}

resource rule 'Microsoft.Insights/dataCollectionRules@2024-03-11' = {
  name: 'dcr-${suffix}'
  location: location
  tags: tags
  kind: 'WorkspaceTransforms'
  properties: {
    dataSources: {}
    destinations: {
      logAnalytics: [
        { name: 'workspace', workspaceResourceId: workspaceId }
      ]
    }
    dataFlows: [for flow in flows: {
      streams: ['Microsoft-Table-${flow.table}']
      destinations: ['workspace']
      // One line, as the service wants it.
      transformKql: replace(trim(flow.keep), '{app}', appIdentity)
    }]
  }
}

// What the rule couldn't transform.
#disable-next-line use-recent-api-versions // there is no newer one, and the stable one is of 2016
resource ruleLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'errors'
  scope: rule
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'LogErrors', enabled: true }
    ]
  }
}

#disable-next-line use-recent-api-versions // there is no newer one, and the stable one is of 2016
resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: blobService
  properties: {
    workspaceId: workspaceId
    logs: [for category in ['StorageRead', 'StorageWrite', 'StorageDelete']: { category: category, enabled: true }]
  }
}

#disable-next-line use-recent-api-versions // there is no newer one, and the stable one is of 2016
resource tableLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: tableService
  properties: {
    workspaceId: workspaceId
    logs: [for category in ['StorageRead', 'StorageWrite', 'StorageDelete']: { category: category, enabled: true }]
  }
}

// Writes to queues are logged in any case, by another setting: storage.bicep.
#disable-next-line use-recent-api-versions // there is no newer one, and the stable one is of 2016
resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: queueService
  properties: {
    workspaceId: workspaceId
    logs: [for category in ['StorageRead', 'StorageDelete']: { category: category, enabled: true }]
  }
}

@description('Id of the rule.')
output dataCollectionRuleId string = rule.id
