// The values come from the environment of azd (`azd env set NAME value`), the shell or a workflow.
using 'main.bicep'

// If a variable isn't set, a workflow passes an empty string.
var deadLetterDaysText = readEnvironmentVariable('DEAD_LETTER_DAYS', '')
var syncModeText = readEnvironmentVariable('SYNC_MODE', '')
var retentionDaysText = readEnvironmentVariable('RETENTION_DAYS', '')
var maximumInstanceCountText = readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '')
var memories = { '': 2048, '512': 512, '2048': 2048, '4096': 4096 }

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param learningProviderId = readEnvironmentVariable('LEARNING_PROVIDER_ID')
param alertEmail = readEnvironmentVariable('ALERT_EMAIL')
param publisherPrincipalId = readEnvironmentVariable('LMS_PUBLISHER_PRINCIPAL_ID', '')
param operatorsGroupId = readEnvironmentVariable('OPERATORS_GROUP_ID', '')
param ledgerAdministratorsGroupId = readEnvironmentVariable('LEDGER_ADMINISTRATORS_GROUP_ID', '')
param privateNetwork = readEnvironmentVariable('PRIVATE_NETWORK', 'false') == 'true'
param maximumInstanceCount = empty(maximumInstanceCountText) ? 2 : int(maximumInstanceCountText)
param instanceMemoryMB = memories[readEnvironmentVariable('INSTANCE_MEMORY_MB', '')]
param deadLetterDays = empty(deadLetterDaysText) ? 90 : int(deadLetterDaysText)
param lmsSources = readEnvironmentVariable('LMS_SOURCES', '')
param formatsFolder = readEnvironmentVariable('LMS_FORMATS_DIR', '')
param retentionDays = empty(retentionDaysText) ? 0 : int(retentionDaysText)
param ledgerRebuild = readEnvironmentVariable('LEDGER_REBUILD', 'false') == 'true'
param syncMode = empty(syncModeText) ? 'live' : syncModeText
param pilotLearners = readEnvironmentVariable('PILOT_LEARNERS', '')
