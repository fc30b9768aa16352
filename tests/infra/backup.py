"""Rules of the account for ledger backups: closed to keys and to the public, and open to two principals only."""

from collections.abc import Iterator

from tests.infra.access import ROLE
from tests.infra.project import STORAGE, Project
from tests.infra.secure import expect

WRITER, READERS = "11111111-0000-4000-8000-000000000003", "11111111-0000-4000-8000-000000000004"
# Storage Blob Data Contributor and Storage Blob Data Reader, on the container and nothing else.
GRANTED = {
    (WRITER, "ServicePrincipal", "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "containers/ledger"),
    (READERS, "Group", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "containers/ledger"),
}


def backup_is_closed(project: Project) -> Iterator[str]:
    """Backups are reached only with an identity: the writer's, or one of the readers'. They expire after some days."""
    given = {"environmentName": "dev", "writerPrincipalId": WRITER, "readersGroupId": READERS, "backupDays": 9}
    deployed = project.deployed(given, using="backup.bicep")
    (account,) = deployed.of_type(STORAGE)
    yield from expect(account, allowSharedKeyAccess=False, defaultToOAuthAuthentication=True)
    yield from expect(account, allowBlobPublicAccess=False, allowCrossTenantReplication=False)
    yield from expect(account, minimumTlsVersion="TLS1_2", supportsHttpsTrafficOnly=True)
    for container in deployed.of_type(f"{STORAGE}/blobServices/containers"):
        yield from expect(container, publicAccess="None")
    granted = {
        (
            role.properties["principalId"],
            role.properties.get("principalType"),
            role.properties["roleDefinitionId"].rsplit("/", 1)[-1],
            "/".join(role.scope.split("/")[-2:]),
        )
        for role in deployed.of_type(ROLE)
    }
    if granted != GRANTED:
        yield f"granted: {granted}"
    (policies,) = deployed.of_type(f"{STORAGE}/managementPolicies")
    days = [
        rule["definition"]["actions"]["baseBlob"]["delete"]["daysAfterModificationGreaterThan"]
        for rule in policies.properties["policy"]["rules"]
    ]
    if days != [9]:
        yield f"backups are deleted after {days} days"
