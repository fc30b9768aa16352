"""Rules of security: no keys, no passwords, no plain text, nothing public."""

import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any

from tests.infra.deployment import Resource
from tests.infra.project import ROOT, SITE, STORAGE, Project, settings

# What the telemetry library can instrument here besides HTTP clients.
NO_CLIENTS = {"django", "fastapi", "flask", "logging", "psycopg2"}


def expect(one: Resource, **wanted: object) -> Iterator[str]:
    """Complain of every property that is not as wanted; `__` steps into an object."""
    for name, value in wanted.items():
        found: Any = one.properties
        for step in name.split("__"):
            found = found.get(step) if isinstance(found, dict) else None
        if found != value:
            yield f"{one.type} {one.name}: {name} is {found!r}, not {value!r}"


def no_keys(project: Project) -> Iterator[str]:
    """Nothing can be reached with a key or a password."""
    for made in project.both:
        for account in made.of_type(STORAGE):
            yield from expect(account, allowSharedKeyAccess=False, defaultToOAuthAuthentication=True)
        for component in made.of_type("Microsoft.Insights/components"):
            yield from expect(component, DisableLocalAuth=True)
        for workspace in made.of_type("Microsoft.OperationalInsights/workspaces"):
            yield from expect(workspace, features__disableLocalAuth=True)
        for site in made.of_type(SITE):
            authentication = "functionAppConfig__deployment__storage__authentication__type"
            yield from expect(site, **{authentication: "UserAssignedIdentity"})
            if site.body["identity"]["type"] != "UserAssigned":
                yield "the app has another identity besides its own"
    for path in sorted(ROOT.glob("infra/**/*.bicep")):
        if re.search(r"\blist(Keys|AccountSas|ServiceSas|Secrets)?\(", project.read(str(path.relative_to(ROOT)))):
            yield f"{path.name} reads a key"


def no_passwords(project: Project) -> Iterator[str]:
    """Nobody deploys with a password, and no app setting holds a secret."""
    for made in project.both:
        policies = made.of_type(f"{SITE}/basicPublishingCredentialsPolicies")
        if {one.name for one in policies} != {"ftp", "scm"}:
            yield "passwords for deployment are not refused"
        for policy in policies:
            yield from expect(policy, allow=False)
        for name, value in settings(made).items():
            if re.search(r"AccountKey|SharedAccess|sig=", value):
                yield f"app setting {name} holds a key"


def transport(project: Project) -> Iterator[str]:
    """TLS 1.2 or newer everywhere, and no FTP."""
    for made in project.both:
        for account in made.of_type(STORAGE):
            yield from expect(account, minimumTlsVersion="TLS1_2", supportsHttpsTrafficOnly=True)
        for site in made.of_type(SITE):
            yield from expect(
                site,
                httpsOnly=True,
                siteConfig__minTlsVersion="1.2",
                siteConfig__scmMinTlsVersion="1.2",
                siteConfig__ftpsState="Disabled",
            )


def no_public_data(project: Project) -> Iterator[str]:
    """No blob is public; with a private network, storage has no public address at all."""
    for made in project.both:
        for account in made.of_type(STORAGE):
            yield from expect(account, allowBlobPublicAccess=False, allowCrossTenantReplication=False)
        for container in made.of_type(f"{STORAGE}/blobServices/containers"):
            yield from expect(container, publicAccess="None")
    made = project.largest
    for account in made.of_type(STORAGE):
        yield from expect(account, publicNetworkAccess="Disabled", networkAcls__defaultAction="Deny")
    reached = {
        group
        for one in made.of_type("Microsoft.Network/privateEndpoints")
        for link in one.properties["privateLinkServiceConnections"]
        for group in link["properties"]["groupIds"]
    }
    zones = {one.name.split(".")[1] for one in made.of_type("Microsoft.Network/privateDnsZones")}
    groups = {
        one.path.split("-")[-1] for one in made.of_type("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
    }
    for what, found in {
        "endpoint": reached,
        "DNS zone": zones,
        "zone group": {one.split("/")[0] for one in groups},
    }.items():
        if found != {"blob", "queue", "table"}:
            yield f"private network: {what} for {sorted(found)}"
    if not made.of_type(SITE)[0].properties["virtualNetworkSubnetId"]:
        yield "private network: the app is not in it"


def clients_write_no_urls(project: Project) -> Iterator[str]:
    """The telemetry library instruments no HTTP client: URLs name courses and people."""
    clients = {one.name for one in entry_points(group="opentelemetry_instrumentor")} - NO_CLIENTS
    for made in project.both:
        disabled = settings(made).get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "").split(",")
        yield from (f"requests of {name} are written into spans" for name in sorted(clients - set(disabled)))
