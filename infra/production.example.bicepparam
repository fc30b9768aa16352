// An example for production. Copy it and replace every value.
//   az deployment group create --name main --resource-group rg-lms-sync-prod --parameters infra/production.bicepparam
using 'main.bicep'

param environmentName = 'prod'
param learningProviderId = '01e8f81b-3060-4dec-acf0-0389665a0a38'
param alertEmail = 'learning-operations@contoso.example'
param publisherPrincipalId = '9ecd154d-8de6-4e4d-a2e4-cd2b1d8f7a10'
param operatorsGroupId = '5f1f3a9e-43e2-4a35-8a1c-6a7b0d4c2e11'
param ledgerAdministratorsGroupId = 'c27d9c0b-6a0e-4b53-9a57-3d1b8e60f4d9'
// Storage and the app are in a virtual network, so the LMS needs a way into it.
param privateNetwork = true
param addressPrefix = '10.90.12.0/24'
// The data survives the loss of a zone or a region.
param storageSku = 'Standard_GZRS'
// Nobody deletes the account by accident.
param lockStorage = true
param logRetentionDays = 180
param deadLetterDays = 60
param oldestEventMinutes = 120
param tags = {
  owner: 'learning-operations'
  'cost-centre': '4711'
}
