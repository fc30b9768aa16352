"""The settings for Core Tools fit those of the code and of Azure."""

import json

from activities.settings import Settings
from tests.infra.project import ROOT, Project, settings

VALUES: dict[str, str] = json.loads((ROOT / "local.settings.json").read_text())["Values"]
FIELDS = Settings.model_fields.values()
# Core Tools need the first; the other two stand for the identity that Azure provides by itself.
ONLY_LOCAL = {"FUNCTIONS_WORKER_RUNTIME", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"}


def test_every_local_setting_is_read() -> None:
    """No local setting is a name that nothing reads."""
    assert set(VALUES) - ONLY_LOCAL <= {str(field.alias) for field in FIELDS}


def test_the_code_accepts_the_local_settings() -> None:
    """The local settings are complete: the code takes them."""
    read = Settings.model_validate(VALUES)
    assert read.model_fields_set >= {"learning_provider_id", "storage_connection_string"}


def test_the_triggers_find_their_queues() -> None:
    """Names that the host reads (`%NAME%`) have no default there: they are written down, as in Azure."""
    declared = settings(Project().smallest)
    for name in ("LMS_EVENTS_QUEUE", "LMS_EVENTS_RETRY_QUEUE"):
        assert VALUES[name] == declared[name]
