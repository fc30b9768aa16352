"""Rules of the door for webhooks: it is closed unless senders are named, and their secrets are in the vault alone."""

import json
import re
from collections.abc import Iterator

from tests.infra.access import matrix
from tests.infra.deployment import Deployment, Resource
from tests.infra.project import REQUIRED, SITE, VAULT, WEBHOOKS, Project, settings
from tests.infra.secure import expect, private_network

# What only webhooks need.
PROPERTIES = ("keyVaultReferenceIdentity", "siteConfig__ipSecurityRestrictions")
CONCURRENCY = "functionAppConfig__scaleAndConcurrency__triggers"
# The app itself answers 413 above this. The host answers 500 above its own limit, so that one is larger.
LARGEST_DELIVERY = 1_048_576
OFFICE = {"ipAddress": "203.0.113.0/24", "action": "Allow", "priority": 100, "name": "lms"}


def off_by_default(project: Project) -> Iterator[str]:
    """Without a sender, nothing of it is deployed, on a private network and with a group of officers neither."""
    others = {**project.example, "webhooksRotating": ["moodle"], "webhookAccessRestrictions": [OFFICE]}
    for deployed in (project.smallest, project.deployed(others)):
        yield from (
            f"{made.type} {made.name}" for made in deployed.resources if "KeyVault" in made.type if not made.existing
        )
        yield from (f"app setting {name}" for name in settings(deployed) if "WEBHOOK" in name or "BODY_SIZE" in name)
        yield from (f"role {row}" for row in matrix(deployed) if "vault" in row[2])
        yield from (f"private network: {part}" for part, of in private_network(deployed).items() if "vault" in of)
        yield from (f"alert {rule.name}" for rule in alerts(deployed))
        yield from (f"output {name}" for name in ("webhooksUrl", "keyVaultName") if deployed.outputs[name])
        (site,) = deployed.of_type(SITE)
        yield from expect(site, **dict.fromkeys((*PROPERTIES, CONCURRENCY)))
    if {rule.name.split("-webhook-")[1] for rule in alerts(project.largest)} != {"refusals", "errors", "closed"}:
        yield "an alert on webhooks is missing"


def alerts(deployed: Deployment) -> list[Resource]:
    """The alerts on webhooks."""
    return [rule for rule in deployed.of_type("Microsoft.Insights/scheduledQueryRules") if "-webhook-" in rule.name]


def secrets_are_referenced(project: Project) -> Iterator[str]:
    """The app finds its senders in one setting, and each secret as a reference. No template has a value."""
    for deployed in (project.largest, project.deployed({**REQUIRED, **WEBHOOKS})):
        found = settings(deployed)
        if json.loads(found["WEBHOOKS"]) != WEBHOOKS["webhooks"]:
            yield f"WEBHOOKS is {found['WEBHOOKS']}"
        (vault,) = deployed.of_type(VAULT)
        expected = {
            f"WEBHOOK_SECRET_{name}": f"@Microsoft.KeyVault(VaultName={vault.name};SecretName=webhook-{secret})"
            for name, secret in (("MOODLE", "moodle"), ("MOODLE_NEXT", "moodle-next"), ("DOCEBO", "docebo"))
        }
        actual = {name: value for name, value in found.items() if name.startswith("WEBHOOK_SECRET_")}
        if actual != expected:
            yield f"secrets are {actual}"
        (site,) = deployed.of_type(SITE)
        (identity,) = site.body["identity"]["userAssignedIdentities"]
        yield from expect(site, keyVaultReferenceIdentity=identity)
        yield from (f"{made.name} is written" for made in deployed.resources if made.type == f"{VAULT}/secrets")
        if (deployed.outputs["keyVaultName"], deployed.outputs["webhooksUrl"][-14:]) != (vault.name, "/api/webhooks/"):
            yield "the outputs name another vault or URL"


def vault_is_protected(project: Project) -> Iterator[str]:
    """The vault knows roles only, cannot be purged, and logs who reads it. It is as public as the network is."""
    for deployed in (project.largest, project.deployed({**REQUIRED, **WEBHOOKS})):
        (vault,) = deployed.of_type(VAULT)
        yield from expect(vault, enableRbacAuthorization=True, enableSoftDelete=True, enablePurgeProtection=True)
        yield from expect(vault, softDeleteRetentionInDays=90, networkAcls__bypass="None", accessPolicies=None)
        if not re.fullmatch(r"kv-<uniqueString\(.*\)>", vault.name):
            yield f"the vault's name {vault.name} is not unique"
        logs = [
            log
            for setting in deployed.of_type("Microsoft.Insights/diagnosticSettings")
            if setting.body["scope"] is vault
            for log in setting.properties["logs"]
        ]
        if logs != [{"category": "AuditEvent", "enabled": True}]:
            yield f"the vault logs {logs}"
    (public,) = project.deployed({**REQUIRED, **WEBHOOKS}).of_type(VAULT)
    yield from expect(public, publicNetworkAccess="Enabled", networkAcls__defaultAction="Allow")


def callers_are_chosen(project: Project) -> Iterator[str]:
    """Senders reach the app over HTTPS, several at once. Restrictions keep out others, but never a deployment."""
    chosen = project.deployed({**REQUIRED, **WEBHOOKS, "webhookAccessRestrictions": [OFFICE]})
    for deployed, callers, others in ((project.largest, [], "Allow"), (chosen, [OFFICE], "Deny")):
        (site,) = deployed.of_type(SITE)
        yield from expect(
            site,
            httpsOnly=True,
            publicNetworkAccess=None,
            siteConfig__ipSecurityRestrictions=callers,
            siteConfig__ipSecurityRestrictionsDefaultAction=others,
            siteConfig__scmIpSecurityRestrictionsUseMain=False,
            **{f"{CONCURRENCY}__http__perInstanceConcurrency": 16},
        )
        limit = int(settings(deployed)["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"])
        if not LARGEST_DELIVERY < limit <= 4 * LARGEST_DELIVERY:
            yield f"the host takes {limit} bytes"
