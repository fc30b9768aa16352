// The workspace that receives all logs and metrics. It's deployed twice, because the rule that transforms what it receives
// needs the workspace first, and then the workspace has to name the rule.

@description('Required. Region.')
param location string

@description('Required. Suffix of the resource names.')
param suffix string

@description('Required. Days that logs and metrics are kept.')
param retentionDays int

@description('Required. Maximum gigabytes of logs per day, or -1 for no limit.')
param dailyQuotaGb int

@description('Required. Id of the rule that transforms what the workspace receives, or empty.')
param dataCollectionRuleId string

@description('Required. Tags.')
param tags { *: string }

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: 'log-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyQuotaGb }
    features: { disableLocalAuth: true }
    ...(empty(dataCollectionRuleId) ? {} : { defaultDataCollectionRuleResourceId: dataCollectionRuleId })
  }
}

// Who has queried the logs.
#disable-next-line use-recent-api-versions // there is no newer one, and the stable one is of 2016
resource queries 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'audit'
  scope: workspace
  properties: {
    workspaceId: workspace.id
    logs: [
      { category: 'Audit', enabled: true }
    ]
  }
}

@description('Id of the workspace.')
output workspaceId string = workspace.id
