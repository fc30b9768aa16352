"""Rules of the plan: nothing that Flex Consumption refuses, the Python of the lock files, and the chosen scale."""

import sys
from collections.abc import Iterator

from tests.infra.project import SITE, Deployment, Project, settings

# https://learn.microsoft.com/azure/azure-functions/functions-app-settings, "Flex Consumption plan deprecations". Newer
# regions refuse a deployment with one of these, even if it's null. Older ones ignore it. The last three of the first
# list aren't in that table: https://github.com/Azure/azure-cli/issues/31414.
PROPERTIES = {
    *("alwaysOn", "containerSize", "dnsConfiguration", "ftpsState", "functionAppScaleLimit", "isReserved", "isXenon"),
    *("javaVersion", "linuxFxVersion", "netFrameworkVersion", "powerShellVersion", "preWarmedInstanceCount"),
    *("use32BitWorkerProcess", "vnetBackupRestoreEnabled", "vnetContentShareEnabled", "vnetImagePullEnabled"),
    *("vnetRouteAllEnabled", "windowsFxVersion", "functionsRuntimeScaleMonitoringEnabled", "endToEndEncryptionEnabled"),
    "minimumElasticInstanceCount",
}
SETTINGS = {
    *("ENABLE_ORYX_BUILD", "FUNCTIONS_EXTENSION_VERSION", "FUNCTIONS_MAX_HTTP_CONCURRENCY", "FUNCTIONS_WORKER_RUNTIME"),
    *(
        "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED",
        "FUNCTIONS_WORKER_PROCESS_COUNT",
        "SCM_DO_BUILD_DURING_DEPLOYMENT",
    ),
    *("FUNCTIONS_WORKER_RUNTIME_VERSION", "TZ", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "WEBSITE_CONTENTOVERVNET"),
    *("WEBSITE_CONTENTSHARE", "WEBSITE_DNS_SERVER", "WEBSITE_LOAD_CERTIFICATES", "WEBSITE_NODE_DEFAULT_VERSION"),
    *("WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_SKIP_CONTENTSHARE_VALIDATION"),
    *("WEBSITE_TIME_ZONE", "WEBSITE_VNET_ROUTE_ALL"),
}
DEFAULTS, CHOSEN = (2, 2048), (40, 4096)


def nothing_that_flex_refuses(project: Project) -> Iterator[str]:
    """None of the app's properties and settings is one that Flex Consumption refuses or has renamed."""
    refused = {name.lower() for name in PROPERTIES}
    for deployed in project.every:
        for site in deployed.of_type(SITE):
            given = {*site.properties, *site.properties.get("siteConfig", {})}
            yield from (f"{site.name}: {name}" for name in sorted(given) if name.lower() in refused)
        yield from (f"app setting {name}" for name in sorted(settings(deployed).keys() & SETTINGS))
        (plan,) = deployed.of_type("Microsoft.Web/serverfarms")
        if plan.body["sku"] != {"name": "FC1", "tier": "FlexConsumption"}:
            yield f"the plan is {plan.body['sku']}"


def scale_is_chosen(project: Project) -> Iterator[str]:
    """The app runs on these tests' Python, with the chosen number of instances and amount of memory."""
    yield from of_scale(project.webhooks, CHOSEN)
    yield from of_scale(project.smallest, DEFAULTS)
    yield from of_scale(project.production, DEFAULTS)


def of_scale(deployed: Deployment, expected: tuple[int, int]) -> Iterator[str]:
    """Yield every deviation from these tests' Python and from the expected scale."""
    (site,) = deployed.of_type(SITE)
    config = site.properties["functionAppConfig"]
    if config["runtime"] != {"name": "python", "version": f"{sys.version_info.major}.{sys.version_info.minor}"}:
        yield f"runs {config['runtime']}"
    scale = config["scaleAndConcurrency"]
    if (scale["maximumInstanceCount"], scale["instanceMemoryMB"]) != expected:
        yield f"{scale['maximumInstanceCount']} instances with {scale['instanceMemoryMB']} MB"
