"""Rules of access: who may do what, and where."""

import re
from collections.abc import Iterator

from tests.infra.project import OFFICERS, Deployment, Project, Resource
from tests.infra.roles import AZURE_ROLES, GRAPH_PERMISSIONS, MATRIX

# The production example names the first three. Only Azure knows the app's identity.
WHO = {
    "9ecd154d-8de6-4e4d-a2e4-cd2b1d8f7a10": "the LMS",
    "5f1f3a9e-43e2-4a35-8a1c-6a7b0d4c2e11": "operators",
    "c27d9c0b-6a0e-4b53-9a57-3d1b8e60f4d9": "ledger administrators",
    OFFICERS["vaultOfficersGroupId"]: "vault officers",
}
GROUPS = {"operators", "ledger administrators", "vault officers"}
WHERE = {
    "resourceGroups": "resource group",
    "storageAccounts": "storage account",
    "queues": "queue {}",
    "tables": "table {}",
    "containers": "container {}",
    "components": "Application Insights",
    "vaults": "key vault",
}
ROLE = "Microsoft.Authorization/roleAssignments"
IDENTITY = re.compile(r"/userAssignedIdentities/id-lms-sync-\w+', '[\d-]+'\)\.principalId\]$")


def who(assignment: Resource) -> str:
    """Return who is granted the role, in the documentation's words."""
    principal = str(assignment.properties["principalId"])
    return WHO.get(principal, "the app" if IDENTITY.search(principal) else "somebody unknown")


def where(assignment: Resource) -> str:
    """Return what the role is granted on, in the documentation's words."""
    kind, name = assignment.scope.split("/")[-2:]
    return WHERE[kind].format(name)


def role(assignment: Resource) -> str:
    """Return the name of the role that's granted."""
    definition = str(assignment.properties["roleDefinitionId"])
    return AZURE_ROLES.get(definition.rsplit("/", 1)[-1], "unknown role")


def matrix(deployed: Deployment) -> set[tuple[str, str, str]]:
    """Return who is granted which role, and where."""
    return {(who(assignment), role(assignment), where(assignment)) for assignment in deployed.of_type(ROLE)}


def roles_match(project: Project) -> Iterator[str]:
    """The grants are the matrix's. Without groups, a publisher and webhooks, they're only those that the app needs."""
    of_the_app = {row for row in MATRIX if row[0] == "the app"}
    on_vault = {row for row in MATRIX if row[2] == "key vault"}
    cases = (
        (MATRIX, "largest"),
        (MATRIX - on_vault, "production"),
        (of_the_app, "webhooks"),
        (of_the_app - on_vault, "smallest"),
        (of_the_app - on_vault, "no_operators"),
    )
    for expected, name in cases:
        deployed = getattr(project, name)
        yield from (f"missing: {row}" for row in sorted(expected - matrix(deployed)))
        yield from (f"too much: {row}" for row in sorted(matrix(deployed) - expected))
        for assignment in deployed.of_type(ROLE):
            principal_type = assignment.properties.get("principalType")
            if principal_type != ("Group" if who(assignment) in GROUPS else "ServicePrincipal"):
                yield f"principalType is {principal_type!r}"


def role_names_match(project: Project) -> Iterator[str]:
    """The name beside each role id is that role's name."""
    rows = re.findall(r"'([0-9a-f-]{36})' // (.+)", project.read("infra/modules/roles.bicep"))
    if {guid for guid, _ in rows} != set(AZURE_ROLES):
        yield "roles.bicep and the list of built-in roles differ"
    yield from (f"{guid} is not {name}" for guid, name in rows if AZURE_ROLES.get(guid) != name)
    rows = re.findall(r"'([\w.]+\.All)': '([0-9a-f-]{36})'", project.read("infra/graph.bicep"))
    rows += re.findall(
        r"([\w.]+\.All)\) echo ([0-9a-f-]{36})", project.read("infra/scripts/grant-graph-permissions.sh")
    )
    if len(rows) != 2 * len(GRAPH_PERMISSIONS):
        yield "graph.bicep or the script lacks a Graph permission"
    yield from (f"{guid} is not {name}" for name, guid in rows if GRAPH_PERMISSIONS.get(guid) != name)
