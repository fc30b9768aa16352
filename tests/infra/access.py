"""Rules of access: who may do what, where."""

import re
from collections.abc import Iterator

from tests.infra.deployment import Deployment
from tests.infra.project import Project
from tests.infra.roles import AZURE_ROLES, GRAPH_PERMISSIONS, MATRIX

# The example of production names these two.
WHO = {"9ecd154d-8de6-4e4d-a2e4-cd2b1d8f7a10": "the LMS", "5f1f3a9e-43e2-4a35-8a1c-6a7b0d4c2e11": "operators"}
WHERE = {
    "storageAccounts": "storage account",
    "queues": "queue {}",
    "tables": "table {}",
    "containers": "container {}",
    "components": "Application Insights",
}
ROLE = "Microsoft.Authorization/roleAssignments"


def matrix(made: Deployment) -> set[tuple[str, str, str]]:
    """Who is granted which role where, in the words of the documentation."""
    found = set()
    for one in made.of_type(ROLE):
        principal, scope = str(one.properties["principalId"]), one.body.get("scope")
        who = {"9ecd154d-8de6-4e4d-a2e4-cd2b1d8f7a10": "the LMS", "5f1f3a9e-43e2-4a35-8a1c-6a7b0d4c2e11": "operators"}
        kinds = {
            "queues": "queue ",
            "tables": "table ",
            "containers": "container ",
            "storageAccounts": "storage account",
        }
        if scope is None:
            where = "resource group"
        else:
            kind = scope.type.rsplit("/", 1)[-1]
            where = kinds.get(kind, "Application Insights")
            where += scope.path.rsplit("/", 1)[-1] if where.endswith(" ") else ""
        role = AZURE_ROLES.get(one.properties["roleDefinitionId"], "unknown role")
        found.add((who.get(principal, "the app"), role, where))
    return found


def roles_fit(project: Project) -> Iterator[str]:
    """Grants are those of the matrix; without publisher and operators, only the app's."""
    apps = {row for row in MATRIX if row[0] == "the app"}
    for wanted, made in ((MATRIX, project.largest), (apps, project.smallest)):
        yield from (f"missing: {row}" for row in sorted(wanted - matrix(made)))
        yield from (f"too much: {row}" for row in sorted(matrix(made) - wanted))
        for one in made.of_type(ROLE):
            people = WHO.get(str(one.properties["principalId"])) == "operators"
            kind = one.properties.get("principalType")
            if kind != ("Group" if people else "ServicePrincipal"):
                yield f"principalType is {kind!r}"


def role_names_fit(project: Project) -> Iterator[str]:
    """The name beside every role id is the name of that role."""
    rows = re.findall(r"'([0-9a-f-]{36})' // (.+)", project.read("infra/modules/roles.bicep"))
    if {guid for guid, _ in rows} != set(AZURE_ROLES):
        yield "roles.bicep and the list of built-in roles differ"
    yield from (f"{guid} is not {name}" for guid, name in rows if AZURE_ROLES.get(guid) != name)
    rows = re.findall(r"'([\w.]+\.All)': '([0-9a-f-]{36})'", project.read("infra/graph.bicep"))
    rows += re.findall(
        r"([\w.]+\.All)\) echo ([0-9a-f-]{36})", project.read("infra/scripts/grant-graph-permissions.sh")
    )
    if len(rows) != 2 * len(GRAPH_PERMISSIONS):
        yield "a Graph permission is missing in graph.bicep or in the script"
    yield from (f"{guid} is not {name}" for name, guid in rows if GRAPH_PERMISSIONS.get(guid) != name)
