// Who is alerted, and when. docs/operations.md says what to do about each alert.

@description('Required. Region.')
param location string

@description('Required. Suffix of the resource names.')
param suffix string

@description('Required. Mail address.')
param email string

@description('Required. Workspace that the queries read.')
param workspaceId string

@description('Required. Age in minutes at which the oldest event on the inbound queue raises an alert.')
param oldestEventMinutes int

@description('Required. Whether senders may deliver webhooks.')
param webhooks bool

@description('Required. Tags.')
param tags { *: string }

// measure is the column that is compared; if it is empty, the number of rows is compared. split is a column: each of
// its values raises an alert of its own.
var always = [
  {
    name: 'configuration-hold'
    text: 'A fault that would fail every event holds requests to Graph, or all messages. Events wait and are not lost.'
    query: loadTextContent('../alerts/configuration-hold.kql')
    measure: 'Holds'
    split: ['Reason']
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
    severity: 1
  }
  {
    name: 'no-telemetry'
    text: 'The app has not reported the depths of its queues for half an hour. It does not run, or it cannot report.'
    query: loadTextContent('../alerts/no-telemetry.kql')
    measure: ''
    split: []
    operator: 'LessThan'
    threshold: 1
    window: 'PT30M'
    severity: 1
  }
  {
    name: 'no-success'
    text: 'There is work, and none of it has succeeded for an hour.'
    query: loadTextContent('../alerts/no-success.kql')
    measure: ''
    split: []
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT1H'
    severity: 1
  }
  {
    name: 'oldest-event'
    text: 'The oldest event on the inbound queue has waited too long.'
    query: loadTextContent('../alerts/oldest-event.kql')
    measure: 'AgeSeconds'
    split: []
    operator: 'GreaterThan'
    threshold: oldestEventMinutes * 60
    window: 'PT15M'
    severity: 2
  }
  {
    name: 'dead-letters'
    text: 'Dead letters were written. Somebody has to look at them.'
    query: loadTextContent('../alerts/dead-letters.kql')
    measure: 'Written'
    split: ['Reason']
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
    severity: 2
  }
  {
    name: 'poison'
    text: 'The host gave up on messages, because the app failed ten times without an outcome.'
    query: loadTextContent('../alerts/poison.kql')
    measure: 'Moved'
    split: ['Queue']
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
    severity: 2
  }
  {
    name: 'unreadable-queue'
    text: 'A queue, or one of its messages, cannot be read. If it is a message, the queue may stand still until somebody removes it.'
    query: loadTextContent('../alerts/unreadable-queue.kql')
    measure: 'Unreadable'
    split: ['Queue']
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
    severity: 2
  }
  {
    name: 'failures'
    text: 'Functions fail with exceptions. The queue delivers the messages again. If the failures go on, messages become poison.'
    query: loadTextContent('../alerts/failures.kql')
    measure: 'Failures'
    split: ['Function']
    operator: 'GreaterThan'
    threshold: 5
    window: 'PT15M'
    severity: 3
  }
]
var ofWebhooks = [
  {
    name: 'webhook-errors'
    text: 'Deliveries were answered with a status of 500 or above. A sender that does not try again has lost events.'
    query: loadTextContent('../alerts/webhook-errors.kql')
    measure: 'Errors'
    split: []
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
    severity: 2
  }
  {
    name: 'webhook-closed'
    text: 'The app takes nothing from a sender, because the configuration or the secret of that sender is impossible.'
    query: loadTextContent('../alerts/webhook-closed.kql')
    measure: 'Closed'
    split: ['Sender']
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
    severity: 2
  }
  {
    name: 'webhook-refusals'
    text: 'Many deliveries were refused because they did not prove who sent them, or all of one sender.'
    query: loadTextContent('../alerts/webhook-refusals.kql')
    measure: 'Refused'
    split: ['Sender']
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
    severity: 2
  }
]
var rules = concat(always, webhooks ? ofWebhooks : [])

resource team 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'lms-sync'
    emailReceivers: [
      { name: 'operators', emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [for rule in rules: {
  name: 'alert-${suffix}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'LMS Activity Sync: ${rule.name}'
    description: rule.text
    enabled: true
    severity: rule.severity
    scopes: [workspaceId]
    evaluationFrequency: 'PT5M'
    windowSize: rule.window
    autoMitigate: true
    // A new workspace has no tables yet. Each table appears with its first row.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: empty(rule.measure) ? 'Count' : 'Total'
          metricMeasureColumn: empty(rule.measure) ? null : rule.measure
          dimensions: map(rule.split, column => { name: column, operator: 'Include', values: ['*'] })
          operator: rule.operator
          threshold: rule.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: { actionGroups: [team.id] }
  }
}]

@description('Id of the action group.')
output actionGroupId string = team.id
