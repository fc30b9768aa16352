// Microsoft Graph application permissions for the app's identity. docs/deployment.md says what needs which.
// An administrator of the directory (Privileged Role Administrator) deploys this once. An administrator who has no
// rights in Azure can grant the same permissions with scripts/grant-graph-permissions.sh.
extension microsoftGraphV1

targetScope = 'resourceGroup'

@description('Required. Object id of the app\'s identity: output identityPrincipalId of main.bicep.')
@minLength(36)
@maxLength(36)
param principalId string

@description('Optional. Whether the app may write activities of courses that learners start themselves.')
param selfInitiatedCourses bool = true

@description('Optional. Whether the app may find a course by its id in the LMS (externalId).')
param coursesByExternalId bool = true

@description('Optional. What the app may find people by. With nothing, events and the table of people must have Entra object ids, which need no permission. With address, they can also have user principal names and mail addresses. With employeeId, they can have employee ids too.')
param peopleBy 'nothing' | 'address' | 'employeeId' = 'address'

var permissions = {
  'LearningAssignedCourse.ReadWrite.All': '236c1cbd-1187-427f-b0f5-b1852454973b'
  'LearningSelfInitiatedCourse.ReadWrite.All': '7654ed61-8965-4025-846a-0856ec02b5b0'
  'LearningContent.Read.All': '8740813e-d8aa-4204-860e-2a0f8f84dbc8'
  'User.ReadBasic.All': '97235f07-e226-4f63-ace3-39588e11d3a1'
  'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214'
}
var granted = concat(
  [permissions['LearningAssignedCourse.ReadWrite.All']],
  selfInitiatedCourses ? [permissions['LearningSelfInitiatedCourse.ReadWrite.All']] : [],
  coursesByExternalId ? [permissions['LearningContent.Read.All']] : [],
  peopleBy == 'address' ? [permissions['User.ReadBasic.All']] : [],
  peopleBy == 'employeeId' ? [permissions['User.Read.All']] : []
)

resource graph 'Microsoft.Graph/servicePrincipals@v1.0' existing = {
  appId: '00000003-0000-0000-c000-000000000000'
}

resource grants 'Microsoft.Graph/appRoleAssignedTo@v1.0' = [for permission in granted: {
  principalId: principalId
  resourceId: graph.id
  appRoleId: permission
}]
