"""Rules of access: who may do what, and where."""

import re
from collections.abc import Iterator

from tests.infra.deployment import Deployment, Resource
from tests.infra.project import OFFICERS, REQUIRED, WEBHOOKS, Project
from tests.infra.roles import AZURE_ROLES, GRAPH_PERMISSIONS, MATRIX

# The production example names the first three; every principal that is not here is the app's identity.
WHO = {
    "9ecd154d-8de6-4e4d-a2e4-cd2b1d8f7a10": "the LMS",
    "5f1f3a9e-43e2-4a35-8a1c-6a7b0d4c2e11": "operators",
    "c27d9c0b-6a0e-4b53-9a57-3d1b8e60f4d9": "ledger administrators",
    OFFICERS: "vault officers",
}
GROUPS = {"operators", "ledger administrators", "vault officers"}
WHERE = {
    "storageAccounts": "storage account",
    "queues": "queue {}",
    "tables": "table {}",
    "containers": "container {}",
    "components": "Application Insights",
    "vaults": "key vault",
}
ROLE = "Microsoft.Authorization/roleAssignments"


def who(assignment: Resource) -> str:
    """Who is granted the role, in the words of the documentation."""
    return WHO.get(str(assignment.properties["principalId"]), "the app")


def where(assignment: Resource) -> str:
    """What the role is granted on, in the words of the documentation."""
    scope: Resource | None = assignment.body.get("scope")
    if scope is None:
        return "resource group"
    kind, name = scope.type.rsplit("/", 1)[-1], scope.path.rsplit("/", 1)[-1]
    return WHERE[kind].format(name)


def matrix(deployed: Deployment) -> set[tuple[str, str, str]]:
    """Who is granted which role, and where."""
    return {
        (who(assignment), AZURE_ROLES.get(assignment.properties["roleDefinitionId"], "unknown role"), where(assignment))
        for assignment in deployed.of_type(ROLE)
    }


def roles_match(project: Project) -> Iterator[str]:
    """The grants are those of the matrix; without groups, a publisher and webhooks, only those that the app needs."""
    of_the_app = {row for row in MATRIX if row[0] == "the app"}
    on_vault = {row for row in MATRIX if row[2] == "key vault"}
    cases = (
        (MATRIX, project.largest),
        (MATRIX - on_vault, project.deployed({**project.example, "vaultOfficersGroupId": OFFICERS})),
        (of_the_app, project.deployed({**REQUIRED, **WEBHOOKS})),
        (of_the_app - on_vault, project.smallest),
    )
    for expected, deployed in cases:
        yield from (f"missing: {row}" for row in sorted(expected - matrix(deployed)))
        yield from (f"too much: {row}" for row in sorted(matrix(deployed) - expected))
        for assignment in deployed.of_type(ROLE):
            principal_type = assignment.properties.get("principalType")
            if principal_type != ("Group" if who(assignment) in GROUPS else "ServicePrincipal"):
                yield f"principalType is {principal_type!r}"


def role_names_match(project: Project) -> Iterator[str]:
    """The name beside each role id is the name of that role."""
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
