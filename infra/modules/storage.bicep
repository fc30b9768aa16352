// A storage account without keys: queues, tables, containers, expiry of blobs, and a log of writes to queues.

@description('Required. Region.')
param location string

@description('Required. Name of the account.')
param name string

@description('Required. Redundancy.')
param sku string

@description('Required. Names of the queues.')
param queueNames string[]

@description('Required. Names of the tables.')
param tableNames string[]

@description('Required. Names of the blob containers.')
param containerNames string[]

@description('Required. The containers whose blobs expire, and how many days after they were last written.')
param expiry { container: string, days: int }[]

@description('Required. Whether the account can be reached from public networks. An identity is needed in any case.')
param publicNetwork bool

@description('Required. Id of the workspace that receives the log of writes to queues.')
param workspaceId string

@description('Required. Whether a lock keeps the account from being deleted.')
param locked bool

@description('Required. Tags.')
param tags { *: string }

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetwork ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: publicNetwork ? 'Allow' : 'Deny'
      // A trusted service of the platform carries out the expiry rules.
      bypass: 'AzureServices'
    }
  }
}

// While the lock is there, nobody can delete the account, or a queue, table or container through Azure Resource Manager.
// It doesn't stop anybody from deleting messages, rows and blobs.
resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (locked) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'The ledger is here: docs/operations.md says what its loss costs.'
  }
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-06-01' = [for queue in queueNames: {
  parent: queueService
  name: queue
}]

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-06-01' = {
  parent: account
  name: 'default'
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-06-01' = [for table in tableNames: {
  parent: tableService
  name: table
}]

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = [for container in containerNames: {
  parent: blobService
  name: container
  properties: { publicAccess: 'None' }
}]

resource expiryRules 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [for row in expiry: {
        name: 'expire-${row.container}'
        type: 'Lifecycle'
        enabled: true
        definition: {
          filters: {
            blobTypes: ['blockBlob']
            prefixMatch: ['${row.container}/']
          }
          actions: {
            baseBlob: { delete: { daysAfterModificationGreaterThan: row.days } }
          }
        }
      }]
    }
  }
}

// Writes show when the host moves a message to a poison queue, without the app's telemetry. audit.bicep adds what else is
// logged.
#disable-next-line use-recent-api-versions // there is no newer one, and the stable one is of 2016
resource queueLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'queue-writes'
  scope: queueService
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
    ]
  }
}

@description('Id of the account.')
output accountId string = account.id

@description('Name of the account.')
output accountName string = account.name

@description('Blob endpoint, with a slash at its end.')
output blobEndpoint string = account.properties.primaryEndpoints.blob

@description('Queue endpoint, with a slash at its end.')
output queueEndpoint string = account.properties.primaryEndpoints.queue
