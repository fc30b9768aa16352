"""Roles and permissions by id, and who must have which.

The ids are from https://learn.microsoft.com/azure/role-based-access-control/built-in-roles and
https://learn.microsoft.com/graph/permissions-reference.
"""

AZURE_ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a": "Storage Queue Data Message Sender",
    "19e7f393-937e-4f77-808e-94535e297925": "Storage Queue Data Reader",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "76199698-9eea-4c19-bc75-cec21354c6b6": "Storage Table Data Reader",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "43d0d8ad-25c7-4714-9337-8ba259a9fe05": "Monitoring Reader",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
}
GRAPH_PERMISSIONS = {
    "236c1cbd-1187-427f-b0f5-b1852454973b": "LearningAssignedCourse.ReadWrite.All",
    "7654ed61-8965-4025-846a-0856ec02b5b0": "LearningSelfInitiatedCourse.ReadWrite.All",
    "8740813e-d8aa-4204-860e-2a0f8f84dbc8": "LearningContent.Read.All",
    "97235f07-e226-4f63-ace3-39588e11d3a1": "User.ReadBasic.All",
    "df021288-bdef-4463-88db-98f22de89214": "User.Read.All",
}
# (who, role, where). The Bicep files must grant exactly this.
MATRIX = {
    ("the app", "Storage Blob Data Owner", "storage account"),
    ("the app", "Storage Queue Data Contributor", "queue lms-events"),
    ("the app", "Storage Queue Data Contributor", "queue lms-events-poison"),
    ("the app", "Storage Queue Data Contributor", "queue lms-events-retry"),
    ("the app", "Storage Queue Data Contributor", "queue lms-events-retry-poison"),
    ("the app", "Storage Blob Data Contributor", "container dead-letters"),
    ("the app", "Storage Blob Data Contributor", "container event-bodies"),
    ("the app", "Storage Table Data Contributor", "table activities"),
    ("the app", "Storage Table Data Reader", "table people"),
    ("the app", "Monitoring Metrics Publisher", "Application Insights"),
    ("the app", "Key Vault Secrets User", "key vault"),
    ("the LMS", "Storage Queue Data Message Sender", "queue lms-events"),
    ("operators", "Storage Queue Data Reader", "queue lms-events"),
    ("operators", "Storage Queue Data Message Sender", "queue lms-events"),
    ("operators", "Storage Queue Data Contributor", "queue lms-events-poison"),
    ("operators", "Storage Queue Data Reader", "queue lms-events-retry"),
    ("operators", "Storage Queue Data Message Sender", "queue lms-events-retry"),
    ("operators", "Storage Queue Data Contributor", "queue lms-events-retry-poison"),
    ("operators", "Storage Blob Data Contributor", "container dead-letters"),
    ("operators", "Storage Blob Data Contributor", "container event-bodies"),
    ("operators", "Storage Table Data Reader", "table activities"),
    ("operators", "Storage Table Data Reader", "table people"),
    ("operators", "Monitoring Reader", "resource group"),
    ("ledger administrators", "Storage Table Data Contributor", "table activities"),
    ("ledger administrators", "Storage Table Data Contributor", "table people"),
    ("vault officers", "Key Vault Secrets Officer", "key vault"),
}
