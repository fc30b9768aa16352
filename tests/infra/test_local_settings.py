"""The settings for Core Tools match the code's and Azure's."""

import json

from activities.settings import Settings
from tests import ROOT
from tests.infra.compiler import needs_compiler
from tests.infra.project import Project, settings

VALUES: dict[str, str] = json.loads((ROOT / "local.settings.json").read_text())["Values"]
FIELDS = Settings.model_fields.values()
# Core Tools needs the first. The other two stand for the identity that Azure provides.
ONLY_LOCAL = {"FUNCTIONS_WORKER_RUNTIME", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"}


def test_every_local_setting_is_read() -> None:
    """Something reads each local setting."""
    assert set(VALUES) - ONLY_LOCAL <= {str(field.alias) for field in FIELDS}


def test_the_code_accepts_the_local_settings() -> None:
    """The local settings are complete."""
    read = Settings.model_validate(VALUES)
    assert read.model_fields_set >= {"learning_provider_id", "storage_connection_string"}


@needs_compiler
def test_the_triggers_find_their_queues() -> None:
    """The host reads these names as `%NAME%` and has no default for them, so they're set as in Azure."""
    declared = settings(Project().smallest)
    for name in ("LMS_EVENTS_QUEUE", "LMS_EVENTS_RETRY_QUEUE"):
        assert VALUES[name] == declared[name]
