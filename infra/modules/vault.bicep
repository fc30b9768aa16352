// A key vault for the secrets that senders of webhooks use to prove who they are. The app's settings refer to them, and
// nothing here contains a value.

@description('Required. Region.')
param location string

@description('Required. Name of the vault.')
param name string

@description('Required. Whether the vault can be reached from public networks. An identity is needed in any case.')
param publicNetwork bool

@description('Required. Id of the workspace for the log of who has read or written a secret.')
param workspaceId string

@description('Required. Tags.')
param tags { *: string }

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    // Once this is on, it can't be turned off. The name of a deleted vault stays taken until the days above have passed.
    enablePurgeProtection: true
    publicNetworkAccess: publicNetwork ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: publicNetwork ? 'Allow' : 'Deny'
      bypass: 'None'
    }
  }
}

#disable-next-line use-recent-api-versions // there is no newer one, and the stable one is of 2016
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: vault
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'AuditEvent', enabled: true }
    ]
  }
}

@description('Id of the vault.')
output vaultId string = vault.id

@description('Name of the vault.')
output vaultName string = vault.name
