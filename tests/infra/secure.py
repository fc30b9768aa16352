"""Rules of security: no keys, no passwords, no unencrypted connections, nothing public."""

import json
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

from tests.infra.project import SITE, STORAGE, VAULT, Deployment, Project, Resource, settings

# Each private DNS zone's service, by the second part of the zone's name. Only Azure knows the end of the first three.
ZONES = {"blob": "blob", "queue": "queue", "table": "table", "vaultcore": "vault"}
ZONE = re.compile(r"(?:\[format\('privatelink\.\{0\}\.\{1\}', ')?(?:privatelink\.)?(\w+)")
# What the telemetry library can instrument here that isn't an HTTP client.
NO_CLIENTS = {"django", "fastapi", "flask", "logging", "psycopg2"}


def expect(resource: Resource, **expected: object) -> Iterator[str]:
    """Yield a resource's properties that aren't as expected. In their names, `__` steps into an object."""
    for name, value in expected.items():
        actual: Any = resource.properties
        for step in name.split("__"):
            actual = actual.get(step) if isinstance(actual, dict) else None
        if actual != value:
            yield f"{resource.type} {resource.name}: {name} is {actual!r}, not {value!r}"


def no_keys(project: Project) -> Iterator[str]:
    """Nothing accepts a key."""
    for deployed in project.every:
        for account in deployed.of_type(STORAGE):
            yield from expect(account, allowSharedKeyAccess=False, defaultToOAuthAuthentication=True)
        for component in deployed.of_type("Microsoft.Insights/components"):
            yield from expect(component, DisableLocalAuth=True)
        for workspace in deployed.of_type("Microsoft.OperationalInsights/workspaces"):
            yield from expect(workspace, features__disableLocalAuth=True)
        for site in deployed.of_type(SITE):
            authentication = "functionAppConfig__deployment__storage__authentication__type"
            yield from expect(site, **{authentication: "UserAssignedIdentity"})
            if site.body["identity"].get("type") != "UserAssigned":
                yield "the app has another identity besides its own"
    template, _ = project.template("infra/main.bicep")
    yield from (f"{call}) reads a key" for call in re.findall(r"\blist\w*\([^)]*", json.dumps(template)))


def no_passwords(project: Project) -> Iterator[str]:
    """Nobody can deploy with a password, and no app setting contains a secret."""
    for deployed in project.every:
        policies = deployed.of_type(f"{SITE}/basicPublishingCredentialsPolicies")
        if {policy.name for policy in policies} != {"ftp", "scm"}:
            yield "deployment with a password is not forbidden"
        for policy in policies:
            yield from expect(policy, allow=False)
        for name, value in settings(deployed).items():
            if re.search(r"AccountKey|SharedAccess|sig=", value):
                yield f"app setting {name} holds a key"


def transport_is_encrypted(project: Project) -> Iterator[str]:
    """Everything requires TLS 1.2 or newer."""
    for deployed in project.every:
        for account in deployed.of_type(STORAGE):
            yield from expect(account, minimumTlsVersion="TLS1_2", supportsHttpsTrafficOnly=True)
        for site in deployed.of_type(SITE):
            yield from expect(
                site,
                httpsOnly=True,
                siteConfig__minTlsVersion="1.2",
                siteConfig__scmMinTlsVersion="1.2",
            )


def no_public_data(project: Project) -> Iterator[str]:
    """No blob is public. With a private network, storage and the vault have no public address either."""
    for deployed in project.every:
        for account in deployed.of_type(STORAGE):
            yield from expect(account, allowBlobPublicAccess=False, allowCrossTenantReplication=False)
        for container in deployed.of_type(f"{STORAGE}/blobServices/containers"):
            yield from expect(container, publicAccess="None")
    storage = {"blob", "queue", "table"}
    for name, expected in (("largest", {*storage, "vault"}), ("production", storage), ("no_operators", storage)):
        private = getattr(project, name)
        for account in private.of_type(STORAGE) + private.of_type(VAULT):
            yield from expect(account, publicNetworkAccess="Disabled", networkAcls__defaultAction="Deny")
        for part, services in private_network(private).items():
            if services != expected:
                yield f"private network: {part} for {sorted(services)}"
        (site,) = private.of_type(SITE)
        if not str(site.properties.get("virtualNetworkSubnetId")).endswith("/subnets/app"):
            yield "private network: the app is not in it"


def private_network(deployed: Deployment) -> dict[str, set[str]]:
    """Return the services that each part of the private network covers."""
    endpoint = "Microsoft.Network/privateEndpoints"
    connections = [
        connection
        for resource in deployed.of_type(endpoint)
        for connection in resource.properties["privateLinkServiceConnections"]
    ]
    zones = deployed.of_type("Microsoft.Network/privateDnsZones")
    groups = deployed.of_type(f"{endpoint}/privateDnsZoneGroups")
    return {
        "endpoints": {service for connection in connections for service in connection["properties"]["groupIds"]},
        "resources": {
            connection["name"]
            for connection in connections
            if (VAULT in connection["properties"]["privateLinkServiceId"]) == (connection["name"] == "vault")
        },
        "DNS zones": {service_of(zone.path) for zone in zones},
        "zone groups": {group.path.split("-")[-1].split("/")[0] for group in groups},
    }


def service_of(zone: str) -> str:
    """Return a private DNS zone's service."""
    found = ZONE.match(zone)
    return ZONES.get(found[1], zone) if found else zone


def no_urls_in_spans(project: Project) -> Iterator[str]:
    """The telemetry library instruments no HTTP client, because URLs name courses and people."""
    clients = {library.name for library in entry_points(group="opentelemetry_instrumentor")} - NO_CLIENTS
    for deployed in project.every:
        disabled = settings(deployed).get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").split(",")
        yield from (f"spans hold the URLs of {name}" for name in sorted(clients - set(disabled)))
