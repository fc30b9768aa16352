// Who is alerted, and when. docs/operations.md says what to do about each alert.

@description('Required. Region.')
param location string

@description('Required. Suffix of the resource names.')
param suffix string

@description('Required. Mail addresses, separated by commas.')
param emails string

@description('Required. Address that every alert is posted to, or empty. Whoever knows it may be able to post there.')
@secure()
param webhookUrl string

@description('Required. Address of the page with the runbooks.')
param operationsUrl string

@description('Required. Workspace that the queries read.')
param workspaceId string

@description('Required. Age in minutes at which the oldest event on the inbound queue raises an alert.')
param oldestEventMinutes int

@description('Required. Hours that a change may wait before it raises an alert, unless it waits for its course.')
param oldestChangeHours int

@description('Required. Hours without any event that raise an alert, or 0 for never.')
param noEventsHours int

@description('Required. Hours that a dead letter may stay before it raises an alert.')
param oldDeadLetterHours int

@description('Required. Percentage of requests throttled by Graph within an hour that raises an alert.')
param throttledPercent int

@description('Required. Maximum gigabytes of logs per day, or -1 for no limit.')
param dailyQuotaGb int

@description('Required. Whether senders may deliver webhooks.')
param webhooks bool

@description('Required. Tags.')
param tags { *: string }

// measure is the column that's compared with the threshold. If it's empty, the number of rows is. split names a column,
// and each of its values raises an alert of its own.
var always = [
  {
    name: 'configuration-hold'
    text: 'Because of a fault that would make every event fail, requests to Graph or all messages are on hold. Events wait. They aren\'t lost.'
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
    text: 'The app hasn\'t reported the depths of its queues for half an hour. Either it isn\'t running, or it can\'t report.'
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
    text: 'There\'s work, and none of it has succeeded for an hour.'
    query: loadTextContent('../alerts/no-success.kql')
    measure: ''
    split: []
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT1H'
    severity: 1
  }
  {
    name: 'poison-queue'
    text: 'Messages stay on a poison queue. The app can\'t collect them, and storage deletes them after seven days.'
    query: loadTextContent('../alerts/poison-queue.kql')
    measure: 'Depth'
    split: ['Queue']
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT30M'
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
    name: 'oldest-change'
    text: 'A change to an activity has been waiting too long.'
    query: loadTextContent('../alerts/oldest-change.kql')
    measure: 'AgeSeconds'
    split: []
    operator: 'GreaterThan'
    threshold: oldestChangeHours * 3600
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
    text: 'The host gave up on messages, because the app failed ten times to handle them.'
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
    text: 'A queue, or one of its messages, can\'t be read. If it\'s a message, it may block the queue until somebody removes it.'
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
    text: 'Functions fail with exceptions. The queue delivers the messages again. If this goes on, messages become poison.'
    query: loadTextContent('../alerts/failures.kql')
    measure: 'Failures'
    split: ['Function']
    operator: 'GreaterThan'
    threshold: 5
    window: 'PT15M'
    severity: 3
  }
  {
    name: 'old-dead-letters'
    text: 'Nobody has dealt with the oldest dead letters.'
    query: loadTextContent('../alerts/old-dead-letters.kql')
    measure: 'AgeSeconds'
    split: ['Reason']
    operator: 'GreaterThan'
    threshold: oldDeadLetterHours * 3600
    window: 'PT15M'
    severity: 3
  }
  {
    name: 'throttling'
    text: 'Graph is throttling many requests. Events wait longer.'
    query: loadTextContent('../alerts/throttling.kql')
    measure: 'Percent'
    split: []
    operator: 'GreaterThan'
    threshold: throttledPercent
    window: 'PT1H'
    severity: 3
  }
]
var ofSilence = [
  {
    name: 'no-events'
    text: 'No event has come in for a long time. Perhaps the LMS has stopped sending.'
    query: loadTextContent('../alerts/no-events.kql')
    measure: ''
    split: []
    operator: 'GreaterThan'
    threshold: 0
    window: noEventsHours == 48 ? 'P2D' : noEventsHours == 24 ? 'P1D' : 'PT${noEventsHours}H'
    severity: 2
  }
]
var ofQuota = [
  {
    name: 'log-quota'
    text: 'The workspace\'s daily quota is used up. Until it\'s reset, alerts that need telemetry can\'t fire.'
    query: loadTextContent('../alerts/log-quota.kql')
    measure: ''
    split: []
    operator: 'GreaterThan'
    threshold: 0
    window: 'P1D'
    severity: 1
  }
]
var ofWebhooks = [
  {
    name: 'webhook-errors'
    text: 'Deliveries got a status of 500 or above. If a sender doesn\'t try again, its events are lost.'
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
    text: 'The app refuses everything from a sender, because the sender\'s configuration or secret can\'t be used.'
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
    text: 'Many deliveries, or all from one sender, were refused because they didn\'t prove who sent them.'
    query: loadTextContent('../alerts/webhook-refusals.kql')
    measure: 'Refused'
    split: ['Sender']
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
    severity: 2
  }
]
var rules = concat(
  always,
  noEventsHours == 0 ? [] : ofSilence,
  dailyQuotaGb == -1 ? [] : ofQuota,
  webhooks ? ofWebhooks : []
)
var receivers = filter(map(split(emails, ','), email => trim(email)), email => !empty(email))

resource team 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'lms-sync'
    emailReceivers: map(receivers, email => { name: email, emailAddress: email, useCommonAlertSchema: true })
    webhookReceivers: empty(webhookUrl) ? [] : [{ name: 'webhook', serviceUri: webhookUrl, useCommonAlertSchema: true }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [for rule in rules: {
  name: 'alert-${suffix}-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'LMS Activity Sync: ${rule.name}'
    description: '${rule.text} What to do: ${operationsUrl}#${rule.name}'
    enabled: true
    severity: rule.severity
    scopes: [workspaceId]
    evaluationFrequency: endsWith(rule.window, 'D') ? 'PT15M' : 'PT5M'
    windowSize: rule.window
    // An alert resolves itself after three evaluations without it, or two if they're a quarter of an hour apart. Azure
    // doesn't allow this together with muteActionsDuration.
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
    actions: {
      actionGroups: [team.id]
      customProperties: { runbook: '${operationsUrl}#${rule.name}' }
    }
  }
}]

@description('Id of the action group.')
output actionGroupId string = team.id
