"""Rules of the deployment itself: a what-if shows every role, and the deployer can grant no others."""

import re
from collections.abc import Iterator

from tests.infra.access import ROLE
from tests.infra.project import GROUP, Deployment, Project
from tests.infra.roles import AZURE_ROLES, MATRIX

DEPLOYER = "11111111-0000-4000-8000-000000000001"
REVIEWER = "11111111-0000-4000-8000-000000000002"
# As Microsoft writes it: https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples
ACTION = "(!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{}'}}))"
ROLES = "{}[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{GUIDS}}"
TYPES = (
    "{}[Microsoft.Authorization/roleAssignments:PrincipalType] "
    "ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal', 'Group'}}"
)
CONDITION = " AND ".join(
    f"({ACTION.format(action)} OR ({ROLES.format(of)} AND {TYPES.format(of)}))"
    for action, of in (("write", "@Request"), ("delete", "@Resource"))
)
CONSTRAINED = "Role Based Access Control Administrator"
ADMINISTRATORS = {
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": CONSTRAINED,
}
LOCK = {"Microsoft.Authorization/locks/read", "Microsoft.Authorization/locks/write"}
WHAT_IF = {
    "*/read",
    "Microsoft.Resources/deployments/validate/action",
    "Microsoft.Resources/deployments/whatIf/action",
}
# Who has which role there.
GRANTED = {
    (DEPLOYER, "Contributor"),
    (DEPLOYER, CONSTRAINED),
    (DEPLOYER, "Lock in rg"),
    (REVIEWER, "What-if in rg"),
}


def roles_are_foreseen(project: Project) -> Iterator[str]:
    """A what-if shows each role assignment: its name is known beforehand, and its target exists or is created."""
    for deployed in project.every:
        ids = {GROUP, *(made.body["id"] for made in deployed.resources)}
        for assignment in deployed.of_type(ROLE):
            if assignment.name.startswith("[") or "condition" in assignment.body:
                yield f"only Azure knows the name or the condition of a role on {assignment.scope}"
            if assignment.scope not in ids:
                yield f"a role is on {assignment.scope}, which is not created"


def deployer_is_constrained(project: Project) -> Iterator[str]:
    """The deployer may grant the roles of main.bicep, and the viewer may look. Neither may do anything else."""
    nobody = project.deployed(using="deployer.bicep")
    yield from (f"without anybody: {made.type}" for made in nobody.resources)
    given = {"deployerId": DEPLOYER, "whatIfId": REVIEWER}
    deployed = project.deployed(given, using="deployer.bicep")
    names = {**ADMINISTRATORS, **custom(deployed)}
    granted = set()
    for assignment in deployed.of_type(ROLE):
        properties = assignment.properties
        name = names.get(properties["roleDefinitionId"].rsplit("/", 1)[-1], "unknown role")
        granted.add((properties["principalId"], name))
        if assignment.scope != GROUP or properties.get("principalType") != "ServicePrincipal":
            yield f"{name}: {assignment.scope}, {properties.get('principalType')}"
        if name == CONSTRAINED:
            yield from of_condition(properties.get("condition", ""), properties.get("conditionVersion"))
    if granted != GRANTED:
        yield f"granted: {granted}"
    for kind in ("Group", "User"):
        (role, *_) = project.deployed({**given, "deployerType": kind}, using="deployer.bicep").of_type(ROLE)
        if role.properties["principalType"] != kind:
            yield f"a deployer of type {kind} is {role.properties['principalType']}"


def custom(deployed: Deployment) -> dict[str, str]:
    """Return the names of custom roles that may do what they should, by id."""
    expected = {"Lock in rg": LOCK, "What-if in rg": WHAT_IF}
    found = {}
    for role in deployed.of_type("Microsoft.Authorization/roleDefinitions"):
        ((permissions,), scopes) = role.properties["permissions"], role.properties["assignableScopes"]
        name, unique, _ = role.properties["roleName"].partition(" (")
        if unique and permissions == {"actions": sorted(expected[name])} and scopes == [GROUP]:
            found[role.name] = name
    return found


def of_condition(text: str, version: str | None) -> Iterator[str]:
    """Yield what's wrong with the condition of a role that may grant roles."""
    lists = re.findall(r"GuidEquals \{([^}]*)\}", text)
    if (re.sub(r"GuidEquals \{[^}]*\}", "GuidEquals {GUIDS}", text), version) != (CONDITION, "2.0"):
        yield f"the condition is another: {text}"
    grantable = {guid for guid, name in AZURE_ROLES.items() if name in {role for _, role, _ in MATRIX}}
    yield from (f"may grant {guids}" for guids in lists if set(guids.split(", ")) != grantable)
