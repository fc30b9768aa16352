// The function app: Flex Consumption, Python 3.13, and identities instead of keys.
import { accessRestriction } from 'types.bicep'

@description('Required. Region.')
param location string

@description('Required. Suffix of the resource names.')
param suffix string

@description('Required. Makes the name of the app globally unique.')
param token string

@description('Required. Id of the user-assigned identity.')
param identityId string

@description('Required. URL of the container that holds the deployed package.')
param packageUrl string

@description('Required. Id of the subnet for outbound traffic, or empty.')
param subnetId string

@description('Required. Workspace that receives the platform\'s logs.')
param workspaceId string

@description('Required. Maximum number of instances per queue function.')
param maximumInstanceCount int

@description('Required. Memory of an instance, in MB.')
param instanceMemoryMB int

@description('Required. Whether senders may deliver webhooks.')
param webhooks bool

@description('Required. Access restrictions, which only apply with webhooks. If there are none, everybody may call.')
param accessRestrictions accessRestriction[]

@description('Required. App settings.')
param settings { *: string }

@description('Required. Tags.')
param tags { *: string }

// The restrictions don't apply to the management endpoint, through which the app is deployed. It accepts Entra identities
// only.
var access = {
  ipSecurityRestrictions: accessRestrictions
  ipSecurityRestrictionsDefaultAction: empty(accessRestrictions) ? 'Allow' : 'Deny'
  scmIpSecurityRestrictionsUseMain: false
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-${suffix}-${token}'
  location: location
  // azd finds the app to deploy to by this tag.
  tags: union(tags, { 'azd-service-name': 'sync' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    // Without this, references to secrets are read with a system-assigned identity, which the app doesn't have.
    ...(webhooks ? { keyVaultReferenceIdentity: identityId } : {})
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ...(webhooks ? access : {})
    }
    functionAppConfig: {
      runtime: { name: 'python', version: '3.13' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstanceCount
        instanceMemoryMB: instanceMemoryMB
        // A delivery mostly waits for storage. The platform's default for Python is one at a time.
        ...(webhooks ? { triggers: { http: { perInstanceConcurrency: 16 } } } : {})
      }
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: settings
  }

  // Deployment accepts Entra identities only, no user names and passwords.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

// The platform writes these logs even if the app's own telemetry fails.
#disable-next-line use-recent-api-versions // there is no newer one, and the stable one is of 2016
resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'platform'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [
      { categoryGroup: 'allLogs', enabled: true }
    ]
  }
}

@description('Name of the app.')
output name string = app.name

@description('Host name of the app.')
output hostName string = app.properties.defaultHostName
