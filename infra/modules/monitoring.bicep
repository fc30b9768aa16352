// Logs and metrics: a workspace, and an Application Insights that accepts only Entra identities.

@description('Required. Region.')
param location string

@description('Required. Suffix of the resource names.')
param suffix string

@description('Required. Name of the Application Insights component.')
param appInsightsName string

@description('Required. Days that logs and metrics are kept.')
param retentionDays int

@description('Required. Maximum gigabytes of logs per day, or -1 for no limit.')
param dailyQuotaGb int

@description('Required. Tags.')
param tags { *: string }

module workspace 'workspace.bicep' = {
  params: {
    location: location
    suffix: suffix
    retentionDays: retentionDays
    dailyQuotaGb: dailyQuotaGb
    dataCollectionRuleId: ''
    tags: tags
  }
}

resource appInsights 'Microsoft.Insights/components@2020-02-02' = {
  name: appInsightsName
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.outputs.workspaceId
    IngestionMode: 'LogAnalytics'
    DisableLocalAuth: true
  }
}

// The workbook has a file of its own, so that you can edit it in the portal and paste it back.
resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, suffix, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'LMS Activity Sync'
    category: 'workbook'
    sourceId: workspace.outputs.workspaceId
    serializedData: replace(loadTextContent('../workbook.json'), '{workspaceId}', workspace.outputs.workspaceId)
  }
}

@description('Id of the workspace.')
output workspaceId string = workspace.outputs.workspaceId

@description('Where telemetry is sent. It isn\'t a secret, because a sender without a role is refused.')
output connectionString string = appInsights.properties.ConnectionString
