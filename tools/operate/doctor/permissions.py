"""Checks of the app's permissions in Microsoft Graph: what each one is for, and which ones the identity has."""

from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus
from uuid import UUID

import aiohttp
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import DefaultAzureCredential

from tools.operate.doctor.finding import Finding, bad, good

ASSIGNED, SELF = "LearningAssignedCourse.ReadWrite.All", "LearningSelfInitiatedCourse.ReadWrite.All"
CONTENT, BASIC, USERS = "LearningContent.Read.All", "User.ReadBasic.All", "User.Read.All"
# The ids of these app roles. They're the same in every tenant: https://learn.microsoft.com/graph/permissions-reference.
PERMISSIONS: Mapping[str, str] = {
    ASSIGNED: "236c1cbd-1187-427f-b0f5-b1852454973b",
    SELF: "7654ed61-8965-4025-846a-0856ec02b5b0",
    CONTENT: "8740813e-d8aa-4204-860e-2a0f8f84dbc8",
    BASIC: "97235f07-e226-4f63-ace3-39588e11d3a1",
    USERS: "df021288-bdef-4463-88db-98f22de89214",
}
# The permissions that are enough (any one of them), and for what.
_NEEDS: tuple[tuple[tuple[str, ...], str], ...] = (
    ((ASSIGNED,), "assignments"),
    ((SELF,), "self-initiated courses"),
    ((CONTENT,), "courses that are named by externalId"),
    ((BASIC, USERS), "learners who are named by address"),
    ((USERS,), "learners who are named by employeeId"),
)
_GRANT = "have an administrator grant it (docs/deployment.md, step 3)"
# An output of main.bicep. After a deployment, azd's environment has it as a variable.
IDENTITY = "identityPrincipalId"
_CHECK = "permissions"
_SCOPE = "https://graph.microsoft.com/.default"
_TIMEOUT = aiohttp.ClientTimeout(total=20)


def of_roles(granted: Collection[str]) -> Iterator[Finding]:
    """Say for each purpose whether a permission for it was granted. Only the first purpose is always needed."""
    for names, purpose in _NEEDS:
        missing = set(names).isdisjoint(granted)
        check = f"permission for {purpose}"
        if missing and names == (ASSIGNED,):
            yield bad(check, f"{ASSIGNED} is missing: {_GRANT}")
        else:
            yield good(check, f"if you have any, {' or '.join(names)} is missing: {_GRANT}" if missing else "")


async def of_identity(identity: str, graph: str) -> list[Finding]:
    """Ask the directory, with the operator's own sign-in, what the app's identity has been granted.

    Args:
        identity: the identity's object id; empty before the first deployment.
        graph: the base URL of Microsoft Graph.
    """
    if not identity:
        return [
            good(
                _CHECK, f"can't be checked before the identity exists: once it does, set {IDENTITY} and run this again"
            )
        ]
    try:
        url = f"{graph}/servicePrincipals/{UUID(identity)}/appRoleAssignments?$top=999"
    except ValueError:
        return [bad(IDENTITY, "isn't an id: copy the deployment's output again")]
    try:
        async with DefaultAzureCredential() as credential, aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            token = (await credential.get_token(_SCOPE)).token
            async with session.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
                if response.status != HTTPStatus.OK:
                    return [bad(_CHECK, _refused(response.status))]
                granted = {str(row["appRoleId"]).lower() for row in (await response.json())["value"]}
    except ClientAuthenticationError:
        return [bad(_CHECK, "not signed in to Microsoft Graph: try `az login`")]
    except (aiohttp.ClientError, TimeoutError, LookupError, TypeError, ValueError):
        return [bad(_CHECK, "Microsoft Graph can't be reached: run this again, or look in the portal")]
    return list(of_roles({name for name, guid in PERMISSIONS.items() if guid in granted}))


def _refused(status: int) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return f"the directory has no such identity: copy {IDENTITY} again, and check which tenant you're signed in to"
    return f"the directory answered {status}: ask somebody who may read service principals"
