// Who may deploy into this resource group, and who may only see what a deployment would change.
// Somebody who may assign roles here deploys this once, before main.bicep: docs/deployment.md.
import { builtIn } from 'modules/roles.bicep'

targetScope = 'resourceGroup'

@description('Optional. Object id of whoever deploys: a person, or the service principal of a workflow. If empty, nobody gets the roles.')
param deployerId string = ''

@description('Optional. What deploys.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerType string = 'ServicePrincipal'

@description('Optional. Object id of the service principal that runs what-if for pull requests. If empty, nobody gets the role.')
param whatIfId string = ''

// Contributor can change everything in the resource group except who may do what. The second role adds that, but only for
// the roles that main.bicep grants, and only for the types of principals that it grants them to.
var contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
var roleAdministrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168' // Role Based Access Control Administrator
var roles = join(map(items(builtIn), role => role.value), ', ')
// The name of a custom role must be unique in the directory.
var here = '${resourceGroup().name} (${uniqueString(resourceGroup().id)})'
var assignments = 'Microsoft.Authorization/roleAssignments'
var are = 'ForAnyOfAnyValues:GuidEquals {${roles}}'
var to = 'ForAnyOfAnyValues:StringEqualsIgnoreCase {\'ServicePrincipal\', \'Group\'}'
// A write is checked against what's requested, and a deletion against what's there.
var conditions = map(
  [
    { action: 'write', of: '@Request' }
    { action: 'delete', of: '@Resource' }
  ],
  row =>
    '((!(ActionMatches{\'${assignments}/${row.action}\'})) OR (${row.of}[${assignments}:RoleDefinitionId] ${are} AND ${row.of}[${assignments}:PrincipalType] ${to}))'
)

resource deploys 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  name: guid(resourceGroup().id, deployerId, contributor)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', contributor)
    principalId: deployerId
    principalType: deployerType
  }
}

resource grants 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  name: guid(resourceGroup().id, deployerId, roleAdministrator)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleAdministrator)
    principalId: deployerId
    principalType: deployerType
    conditionVersion: '2.0'
    condition: join(conditions, ' AND ')
  }
}

// Contributor can't create locks. This role can, but it can't remove them. So a deployment can't take away what protects
// the ledger.
resource lock 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!empty(deployerId)) {
  name: guid(resourceGroup().id, 'lock')
  properties: {
    roleName: 'Lock in ${here}'
    description: 'May lock resources against deletion.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: ['Microsoft.Authorization/locks/read', 'Microsoft.Authorization/locks/write']
      }
    ]
  }
}

resource locks 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(deployerId)) {
  name: guid(resourceGroup().id, deployerId, 'lock')
  properties: {
    roleDefinitionId: lock.id
    principalId: deployerId
    principalType: deployerType
  }
}

// Reads settings and names, but no keys and no data, and changes nothing. No built-in role can run what-if and nothing else.
resource whatIf 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (!empty(whatIfId)) {
  name: guid(resourceGroup().id, 'what-if')
  properties: {
    roleName: 'What-if in ${here}'
    description: 'May see what a deployment would change.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: [
          '*/read'
          'Microsoft.Resources/deployments/validate/action'
          'Microsoft.Resources/deployments/whatIf/action'
        ]
      }
    ]
  }
}

resource looks 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(whatIfId)) {
  name: guid(resourceGroup().id, whatIfId, 'what-if')
  properties: {
    roleDefinitionId: whatIf.id
    principalId: whatIfId
    principalType: 'ServicePrincipal'
  }
}
