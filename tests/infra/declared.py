"""Rules of completeness: what the code uses is declared, and nothing besides."""

from collections.abc import Iterator

from activities.settings import Settings
from tests.infra.bicep import declarations
from tests.infra.project import ROOT, STORAGE, Project, settings

DEFAULTS = {str(field.alias): field.default for field in Settings.model_fields.values()}
# A connection string holds a key: only the local storage emulator gets one.
LOCAL_ONLY = {"AzureWebJobsStorage"}
# Read by the Functions host, the Python worker or the telemetry library, not by the app.
OF_THE_HOST = {
    "AzureWebJobsStorage__credential",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
}
# Only there when they are set.
OPTIONAL = {"LMS_FORMATS_DIR", "LMS_SOURCES"}
TRIGGERED = ("LMS_EVENTS_QUEUE", "LMS_EVENTS_RETRY_QUEUE")


def storage_is_declared(project: Project) -> Iterator[str]:
    """Every queue, table and container of the settings is created, triggered queues with their poison queue."""
    queues = {DEFAULTS[name] for name in TRIGGERED}
    wanted = {
        "queueServices/queues": queues | {f"{name}-poison" for name in queues} | {DEFAULTS["DEAD_LETTER_QUEUE"]},
        "tableServices/tables": {DEFAULTS["ACTIVITIES_TABLE"], DEFAULTS["PEOPLE_TABLE"]},
        "blobServices/containers": {DEFAULTS["DEAD_LETTER_CONTAINER"], "app-package"},
    }
    for made in project.both:
        for kind, names in wanted.items():
            found = {one.name for one in made.of_type(f"{STORAGE}/{kind}")}
            yield from (f"{kind}: {name} is not declared" for name in sorted(names - found))
            yield from (f"{kind}: {name} is used by nothing" for name in sorted(found - names))


def settings_match(project: Project) -> Iterator[str]:
    """The app settings are those that the code reads, with its defaults, and none besides."""
    wanted = (set(DEFAULTS) - LOCAL_ONLY) | OF_THE_HOST
    smallest = settings(project.smallest)
    with_all = settings(
        project.deployed(
            {
                "environmentName": "dev",
                "learningProviderId": "provider",
                "alertEmail": "team@example.org",
                "formatsFolder": "formats",
                "lmsSources": "sources",
            }
        )
    )
    yield from (f"{name} is not declared" for name in sorted(wanted - set(with_all)))
    yield from (f"{name} is read by nothing" for name in sorted(set(with_all) - wanted))
    yield from (f"{name} is empty, not absent" for name in sorted(OPTIONAL & set(smallest)))
    for name, default in DEFAULTS.items():
        if isinstance(default, str) and smallest.get(name) != default:
            yield f"{name} is {smallest.get(name)!r}, the default is {default!r}"
        if isinstance(default, int | float) and float(smallest.get(name, "nan")) != default:
            yield f"{name} is {smallest.get(name)!r}, the default is {default!r}"


def bodies_expire(project: Project) -> Iterator[str]:
    """Only bodies of dead letters and retries are deleted by age, and not while a retry may still need one."""
    longest_delay, patience = 7, float(DEFAULTS["CONTENT_MAX_AGE_HOURS"]) / 24
    for one in declarations(project.read("infra/main.bicep")):
        shortest = one.notes.get("minValue")
        if one.name == "deadLetterBodyDays" and (not shortest or shortest.parts[0] < longest_delay + patience):
            yield "bodies may expire before their retry"
    for made in project.both:
        policies = made.of_type(f"{STORAGE}/managementPolicies")
        rules = [rule for one in policies for rule in one.properties["policy"]["rules"]]
        prefixes = [rule["definition"]["filters"]["prefixMatch"] for rule in rules]
        if prefixes != [[f"{DEFAULTS['DEAD_LETTER_CONTAINER']}/"]]:
            yield f"expiry applies to {prefixes}"


def parameters_speak(project: Project) -> Iterator[str]:
    """Every parameter says whether it is required, and that is true."""
    for path in sorted(ROOT.glob("infra/**/*.bicep")):
        for one in declarations(project.read(str(path.relative_to(ROOT)))):
            if one.kind == "param":
                note = one.notes.get("description")
                text = str(note.parts[0]) if note else ""
                if not text.startswith("Optional. " if one.value else "Required. "):
                    yield f"{path.name}: {one.name} says {text[:20]!r}"
