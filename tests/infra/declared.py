"""Rules of completeness: everything that the code uses is declared, and nothing else is."""

import re
from collections.abc import Iterator
from typing import get_args

from activities.settings import Settings
from activities.webhooks.schemes import Scheme
from tests import ROOT
from tests.infra.project import STORAGE, Project, settings

DEFAULTS = {str(field.alias): field.default for field in Settings.model_fields.values()}
# A connection string contains a key, so only the local storage emulator gets one.
LOCAL_ONLY = {"AzureWebJobsStorage"}
# Read by the Functions host, the Python worker or the telemetry library, not by the app.
OF_THE_HOST = {
    "AzureWebJobsStorage__credential",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
}
# Read by the webhook door, and by the host because of it. The secrets have their own names.
OF_THE_DOOR = {"WEBHOOKS", "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"}
SECRET = "WEBHOOK_SECRET_"
# Absent unless their parameters are given.
OPTIONAL = {"LMS_FORMATS_DIR", "LMS_SOURCES", "PILOT_LEARNERS", "RETENTION_DAYS", *OF_THE_DOOR}
OF_BLOBS = (DEFAULTS["DEAD_LETTER_CONTAINER"], DEFAULTS["EVENT_BODY_CONTAINER"])
# The variables of main.bicepparam: a text for each, and the parameter with the value that it stands for.
ENVIRONMENT: dict[str, tuple[str, str, object]] = {
    "AZURE_ENV_NAME": ("test", "environmentName", "test"),
    "LEARNING_PROVIDER_ID": ("lms", "learningProviderId", "lms"),
    "ALERT_EMAIL": ("ops@example.org", "alertEmail", "ops@example.org"),
    "LMS_PUBLISHER_PRINCIPAL_ID": ("p", "publisherPrincipalId", "p"),
    "OPERATORS_GROUP_ID": ("o", "operatorsGroupId", "o"),
    "LEDGER_ADMINISTRATORS_GROUP_ID": ("l", "ledgerAdministratorsGroupId", "l"),
    "PRIVATE_NETWORK": ("true", "privateNetwork", True),
    "MAXIMUM_INSTANCE_COUNT": ("40", "maximumInstanceCount", 40),
    "INSTANCE_MEMORY_MB": ("4096", "instanceMemoryMB", 4096),
    "DEAD_LETTER_DAYS": ("21", "deadLetterDays", 21),
    "LMS_SOURCES": ("sources", "lmsSources", "sources"),
    "LMS_FORMATS_DIR": ("formats", "formatsFolder", "formats"),
    "RETENTION_DAYS": ("400", "retentionDays", 400),
    "LEDGER_REBUILD": ("true", "ledgerRebuild", True),
    "SYNC_MODE": ("shadow", "syncMode", "shadow"),
    "PILOT_LEARNERS": ("a, b", "pilotLearners", "a, b"),
}
# Operators look at the dead letters once a week.
TWO_WEEKS = 14
TRIGGERED = ("LMS_EVENTS_QUEUE", "LMS_EVENTS_RETRY_QUEUE")


def storage_is_declared(project: Project) -> Iterator[str]:
    """Each queue, table and container in the settings is created, and a poison queue for each queue with a trigger."""
    queues = {DEFAULTS[name] for name in TRIGGERED}
    expected = {
        "queueServices/queues": queues | {f"{name}-poison" for name in queues},
        "tableServices/tables": {DEFAULTS["ACTIVITIES_TABLE"], DEFAULTS["PEOPLE_TABLE"]},
        "blobServices/containers": {*OF_BLOBS, "app-package"},
    }
    for deployed in project.every:
        for kind, names in expected.items():
            declared = {resource.name for resource in deployed.of_type(f"{STORAGE}/{kind}")}
            yield from (f"{kind}: {name} is not declared" for name in sorted(names - declared))
            yield from (f"{kind}: nothing uses {name}" for name in sorted(declared - names))


def settings_match(project: Project) -> Iterator[str]:
    """The app settings are those that the code reads, with its defaults, and no others."""
    expected = (set(DEFAULTS) - LOCAL_ONLY) | OF_THE_HOST | OF_THE_DOOR
    for name in ("webhooks", "smallest", "largest", "production", "no_operators"):
        values = {key: value for key, value in settings(getattr(project, name)).items() if SECRET not in key}
        absent = {"webhooks": set[str](), "largest": OPTIONAL - OF_THE_DOOR}.get(name, OPTIONAL)
        yield from (f"{key} is not declared" for key in sorted(expected - absent - set(values)))
        yield from (f"nothing reads {key}, or it is empty" for key in sorted(set(values) - (expected - absent)))
        # Without a value in the environment, the parameter file leaves main.bicep's defaults as they are.
        for key, default in DEFAULTS.items():
            if key not in absent and not _same(values.get(key), default):
                yield f"{key} is {values.get(key)!r}, the default is {default!r}"


def _same(value: str | None, default: object) -> bool:
    """Tell whether an app setting, which is text, is read as this default."""
    if isinstance(default, bool):
        return value == str(default).lower()
    if isinstance(default, int | float):
        return float(value or "nan") == default
    return value == default or not isinstance(default, str)


def blobs_expire(project: Project) -> Iterator[str]:
    """Dead letters are deleted after the parameter's days, event bodies after a year, and nothing else."""
    letters, bodies = OF_BLOBS
    # Without a value in the environment, the parameter file leaves main.bicep's default as it is.
    for name, days in (("smallest", 90), ("webhooks", 90), ("production", 60)):
        deployed = getattr(project, name)
        policies = deployed.of_type(f"{STORAGE}/managementPolicies")
        rules = [rule["definition"] for policy in policies for rule in policy.properties["policy"]["rules"]]
        expiry = {tuple(rule["filters"]["prefixMatch"]): rule["actions"]["baseBlob"]["delete"] for rule in rules}
        expected = {
            (f"{letters}/",): {"daysAfterModificationGreaterThan": days},
            (f"{bodies}/",): {"daysAfterModificationGreaterThan": 365},
        }
        if expiry != expected:
            yield f"blobs are deleted by age: {expiry}"
    template, _ = project.template("infra/main.bicep")
    if template["parameters"]["deadLetterDays"].get("minValue", 0) < TWO_WEEKS:
        yield "dead letters may be deleted before anybody has looked at them"


def parameters_are_described(project: Project) -> Iterator[str]:
    """Each parameter's description says correctly whether it's required."""
    for path in sorted(ROOT.glob("infra/**/*.bicep")):
        template, _ = project.template(str(path.relative_to(ROOT)))
        for name, declared in template.get("parameters", {}).items():
            text = declared.get("metadata", {}).get("description", "")
            if not text.startswith("Optional. " if "defaultValue" in declared else "Required. "):
                yield f"{path.name}: the description of {name} begins {text[:20]!r}"


def environment_is_passed_on(project: Project) -> Iterator[str]:
    """Each variable that main.bicepparam reads changes its parameter, and there are no others."""
    read = set(re.findall(r"readEnvironmentVariable\('(\w+)'", project.read("infra/main.bicepparam")))
    yield from (f"{name} is not among the variables here" for name in sorted(read ^ set(ENVIRONMENT)))
    by_variables = project.in_environment(**{name: text for name, (text, *_) in ENVIRONMENT.items()})
    by_parameters = project.deployed({parameter: value for _, parameter, value in ENVIRONMENT.values()})
    for one, other in zip(by_variables.resources, by_parameters.resources, strict=False):
        if one != other:
            yield f"{one.type} {one.name} differs"
    if len(by_variables.resources) != len(by_parameters.resources):
        yield "other resources are deployed"


def senders_match(project: Project) -> Iterator[str]:
    """What a parameter file may say about a webhook sender is what the app accepts."""
    template, _ = project.template("infra/modules/types.bicep")
    declared = template["definitions"]
    schemes = {get_args(scheme.model_fields["scheme"].annotation)[0]: scheme for scheme in get_args(Scheme)}
    if set(declared["sender"]["discriminator"]["mapping"]) != set(schemes):
        yield f"the schemes are {sorted(schemes)}"
    for name, scheme in schemes.items():
        properties = declared.get(name, {}).get("properties", {})
        fields = {str(field.alias): field for field in scheme.model_fields.values()}
        if {key: not value.get("nullable", False) for key, value in properties.items()} != {
            key: field.is_required() for key, field in fields.items()
        }:
            yield f"{name} has {sorted(properties)}, and the app takes {sorted(fields)}"
        for key, value in properties.items():
            allowed = set(get_args(getattr(fields.get(key), "annotation", None)))
            if set(value.get("allowedValues", [])) != {one for one in allowed if isinstance(one, str)}:
                yield f"{name}: {key} may be {value.get('allowedValues')}"
