// Where backups of the ledger are kept: in a separate account, ideally in a separate resource group and region.
// docs/operations.md says how backups get there and back.
targetScope = 'resourceGroup'

@description('Required. Short name of the environment whose ledger is backed up, such as prod.')
@minLength(2)
@maxLength(12)
param environmentName string

@description('Required. Object id of the service principal that writes backups.')
param writerPrincipalId string

@description('Required. Object id of the Entra group that may read backups: the ledger administrators.')
param readersGroupId string

@description('Optional. Region.')
param location string = resourceGroup().location

@description('Optional. Days that a backup is kept. It holds what was known about learners, including those who have been forgotten since.')
@minValue(7)
@maxValue(365)
param backupDays int = 30

@description('Optional. Redundancy of the storage account.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageSku string = 'Standard_LRS'

@description('Optional. Tags of all resources.')
param tags { *: string } = {}

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: 'stb${uniqueString(resourceGroup().id, environmentName)}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: storageSku }
  properties: {
    accessTier: 'Cool'
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: { enabled: true, days: 7 }
    containerDeleteRetentionPolicy: { enabled: true, days: 7 }
  }
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobService
  name: 'ledger'
  properties: { publicAccess: 'None' }
}

resource expiry 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'expire-ledger'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['ledger/'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: backupDays } } }
          }
        }
      ]
    }
  }
}

var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
var blobReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'

// Azure has no built-in role that may write blobs and not read them.
resource writer 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(container.id, writerPrincipalId, blobContributor)
  scope: container
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
    principalId: writerPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource readers 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(container.id, readersGroupId, blobReader)
  scope: container
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobReader)
    principalId: readersGroupId
    principalType: 'Group'
  }
}

@description('Name of the account.')
output backupAccountName string = account.name
