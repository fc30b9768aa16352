"""Rules of the webhook door: it's closed unless senders are named, and their secrets are only in the vault."""

import json
import re
from collections.abc import Iterator

from tests.infra.access import matrix
from tests.infra.project import (
    EXAMPLE,
    OFFICE,
    OFFICERS,
    SITE,
    VAULT,
    WEBHOOKS,
    Deployment,
    Project,
    Resource,
    settings,
)
from tests.infra.secure import expect, private_network

# What only webhooks need.
PROPERTIES = ("keyVaultReferenceIdentity", "siteConfig__ipSecurityRestrictions")
CONCURRENCY = "functionAppConfig__scaleAndConcurrency__triggers"
# Above this, the app itself answers 413. Above its own limit, the host answers 500, so that limit is larger.
LARGEST_DELIVERY = 1_048_576


def off_by_default(project: Project) -> Iterator[str]:
    """Without a sender, none of it is deployed, even with a private network or a group of officers."""
    others = {**OFFICERS, "webhooksRotating": ["moodle"], "webhookAccessRestrictions": [OFFICE]}
    for given, using in (({}, "main.bicepparam"), (others, EXAMPLE)):
        deployed = project.deployed(given, using=using)
        yield from (f"{made.type} {made.name}" for made in deployed.resources if "KeyVault" in made.type)
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
    """Return the alerts on webhooks."""
    return [rule for rule in deployed.of_type("Microsoft.Insights/scheduledQueryRules") if "-webhook-" in rule.name]


def secrets_are_referenced(project: Project) -> Iterator[str]:
    """The app finds its senders in one setting, and each secret as a reference. No template has a value."""
    for name in ("largest", "webhooks"):
        deployed = getattr(project, name)
        found = settings(deployed)
        if json.loads(found["WEBHOOKS"]) != WEBHOOKS["webhooks"]:
            yield f"WEBHOOKS is {found['WEBHOOKS']}"
        (vault,) = deployed.of_type(VAULT)
        expected = {
            f"WEBHOOK_SECRET_{sender}": f"@Microsoft.KeyVault(VaultName={vault.name};SecretName=webhook-{secret})"
            for sender, secret in (("MOODLE", "moodle"), ("MOODLE_NEXT", "moodle-next"), ("DOCEBO", "docebo"))
        }
        actual = {name: value for name, value in found.items() if name.startswith("WEBHOOK_SECRET_")}
        if actual != expected:
            yield f"secrets are {actual}"
        (site,) = deployed.of_type(SITE)
        (identity,) = site.body["identity"]["userAssignedIdentities"]
        yield from expect(site, keyVaultReferenceIdentity=identity)
        yield from (f"{made.name} is written" for made in deployed.resources if made.type == f"{VAULT}/secrets")
        if deployed.outputs["keyVaultName"] != vault.name or "}/api/webhooks/'" not in deployed.outputs["webhooksUrl"]:
            yield "the outputs name another vault or URL"


def vault_is_protected(project: Project) -> Iterator[str]:
    """The vault accepts only roles, can't be purged, and logs who reads it. It's as public as the network is."""
    for name in ("largest", "webhooks"):
        deployed = getattr(project, name)
        (vault,) = deployed.of_type(VAULT)
        yield from expect(vault, enableRbacAuthorization=True, enableSoftDelete=True, enablePurgeProtection=True)
        yield from expect(vault, softDeleteRetentionInDays=90, networkAcls__bypass="None", accessPolicies=None)
        # uniqueString makes 13 letters and digits from the resource group and the environment.
        if not re.fullmatch(r"kv-[a-z2-7]{13}", vault.name):
            yield f"the vault's name {vault.name} is not unique"
        logs = [
            log
            for setting in deployed.of_type("Microsoft.Insights/diagnosticSettings")
            if setting.scope == vault.body["id"]
            for log in setting.properties["logs"]
        ]
        if logs != [{"category": "AuditEvent", "enabled": True}]:
            yield f"the vault logs {logs}"
    (public,) = project.webhooks.of_type(VAULT)
    yield from expect(public, publicNetworkAccess="Enabled", networkAcls__defaultAction="Allow")


def callers_are_chosen(project: Project) -> Iterator[str]:
    """Senders reach the app over HTTPS, several at once. Restrictions keep out others, but never a deployment."""
    for name, callers, others in (("largest", [], "Allow"), ("webhooks", [OFFICE], "Deny")):
        deployed = getattr(project, name)
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
