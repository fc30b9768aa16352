"""The app settings: their defaults, and what's refused at start."""

import pytest
from pydantic import ValidationError

from activities.settings import Settings

ENOUGH = {"LEARNING_PROVIDER_ID": "provider", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}


def settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """Read the settings from an environment that has only these values."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_the_defaults_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the provider and the storage account have to be set. Everything else has its documented default."""
    found = settings(monkeypatch, **ENOUGH)

    assert (found.graph_base_url, found.events_queue, found.retry_queue, found.dead_letter_container) == (
        "https://graph.microsoft.com/v1.0",
        "lms-events",
        "lms-events-retry",
        "dead-letters",
    )
    assert found.graph_deadline < found.lease
    assert (found.blame_tries, found.kind_grace, found.ledger_rebuild) == (5, 120, False)
    assert (found.sync_mode, found.pilot_learners) == ("live", None)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"AzureWebJobsStorage": "x"}, "LEARNING_PROVIDER_ID"),
        ({"LEARNING_PROVIDER_ID": "provider"}, "AzureWebJobsStorage"),
        (ENOUGH | {"GRAPH_DEADLINE_SECONDS": "59.9"}, "GRAPH_DEADLINE_SECONDS must be at most nine tenths of LEASE"),
        (ENOUGH | {"CLOCK_MARGIN_SECONDS": "60"}, "CLOCK_MARGIN_SECONDS must be less than LEASE_SECONDS"),
        (ENOUGH | {"SETTLE_SECONDS": "soon"}, "SETTLE_SECONDS"),
        (ENOUGH | {"HOLD_SECONDS": "-1"}, "HOLD_SECONDS"),
        (ENOUGH | {"HOLD_SECONDS": "inf"}, "HOLD_SECONDS"),
        (ENOUGH | {"BLAME_TRIES": "0"}, "BLAME_TRIES"),
        (ENOUGH | {"KIND_GRACE_SECONDS": "-1"}, "KIND_GRACE_SECONDS"),
        (ENOUGH | {"LEDGER_REBUILD": "perhaps"}, "LEDGER_REBUILD"),
        (ENOUGH | {"SYNC_MODE": "dry-run"}, "SYNC_MODE\n.*live.*shadow"),
        (ENOUGH | {"PILOT_LEARNERS": " , "}, "PILOT_LEARNERS\n.*names nobody"),
        (ENOUGH | {"LMS_EVENTS_QUEUE": ""}, "LMS_EVENTS_QUEUE"),
        (ENOUGH | {"LMS_EVENTS_QUEUE": "Lms-Events"}, "LMS_EVENTS_QUEUE\n.*the host listens.*lower-case"),
        (ENOUGH | {"LMS_EVENTS_RETRY_QUEUE": "lms-events-poison"}, "LMS_EVENTS_RETRY_QUEUE\n.*-poison"),
        (ENOUGH | {"LMS_EVENTS_RETRY_QUEUE": "a" * 57}, "LMS_EVENTS_RETRY_QUEUE\n.*more than 56"),
        (ENOUGH | {"LMS_EVENTS_RETRY_QUEUE": "lms-events"}, "LMS_EVENTS_QUEUE and LMS_EVENTS_RETRY_QUEUE are the same"),
        (ENOUGH | {"DEAD_LETTER_CONTAINER": "Dead-Letters"}, "DEAD_LETTER_CONTAINER\n.*lower-case"),
        (ENOUGH | {"EVENT_BODY_CONTAINER": "bodies_"}, "EVENT_BODY_CONTAINER\n.*hyphens"),
        (ENOUGH | {"EVENT_BODY_CONTAINER": "dead-letters"}, "DEAD_LETTER_CONTAINER and EVENT_BODY_CONTAINER are the s"),
        (ENOUGH | {"ACTIVITIES_TABLE": "lms-activities"}, "ACTIVITIES_TABLE\n.*letters and digits"),
        (ENOUGH | {"PEOPLE_TABLE": "tables"}, "PEOPLE_TABLE\n.*reserved"),
        (ENOUGH | {"PEOPLE_TABLE": "Activities"}, "ACTIVITIES_TABLE and PEOPLE_TABLE are the same"),
        (ENOUGH | {"AzureWebJobsStorage__accountName": "a.blob"}, "AzureWebJobsStorage__accountName\n.*3 to 24"),
        (ENOUGH | {"LEARNING_PROVIDER_ID": " "}, "LEARNING_PROVIDER_ID"),
        (ENOUGH | {"AzureWebJobsStorage": "", "AzureWebJobsStorage__accountName": ""}, "AzureWebJobsStorage"),
        (ENOUGH | {"GRAPH_BASE_URL": "http://graph.microsoft.com/v1.0"}, "GRAPH_BASE_URL"),
        (ENOUGH | {"GRAPH_BASE_URL": "graph.microsoft.com/v1.0"}, "GRAPH_BASE_URL"),
        (ENOUGH | {"GRAPH_BASE_URL": "ftp://127.0.0.1"}, "GRAPH_BASE_URL"),
        (ENOUGH | {"GRAPH_BASE_URL": "https://"}, "GRAPH_BASE_URL"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], message: str
) -> None:
    """The error names the setting, before any message is taken off a queue."""
    with pytest.raises(ValidationError, match=message):
        settings(monkeypatch, **values)


def test_an_empty_setting_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Portals and templates write empty text when they mean that there's no value."""
    optional = ("AZURE_CLIENT_ID", "AzureWebJobsStorage", "AzureWebJobsStorage__clientId", "LMS_FORMATS_DIR")
    found = settings(
        monkeypatch,
        LEARNING_PROVIDER_ID=" provider\n",
        AzureWebJobsStorage__accountName="account",
        LEDGER_REBUILD="",
        SYNC_MODE="",
        PILOT_LEARNERS="",
        **dict.fromkeys(optional, ""),
    )

    assert found.learning_provider_id == "provider"
    assert found.storage_account_name == "account"
    assert [found.client_id, found.storage_client_id, found.storage_connection_string, found.formats_folder] == [
        None
    ] * 4
    assert not found.ledger_rebuild
    assert (found.sync_mode, found.pilot_learners) == ("live", None)


def test_a_pilot_group_is_a_list_of_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """As people write it, with commas or one name per line."""
    found = settings(monkeypatch, **ENOUGH, SYNC_MODE=" Shadow", PILOT_LEARNERS="a@b.example, c;\n moodle:45,")
    assert found.sync_mode == "shadow"
    assert found.pilot_learners == {"a@b.example", "c", "moodle:45"}


@pytest.mark.parametrize(("value", "rebuilds"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_a_rebuild_is_switched_on_and_off(monkeypatch: pytest.MonkeyPatch, value: str, *, rebuilds: bool) -> None:
    """Like other switches of Azure Functions."""
    assert settings(monkeypatch, **ENOUGH, LEDGER_REBUILD=value).ledger_rebuild is rebuilds


@pytest.mark.parametrize("base", ["https://graph.microsoft.com/v1.0", "http://127.0.0.1:9/v1.0", "http://[::1]:9"])
def test_graph_may_be_in_the_cloud_or_on_this_machine(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    """Tokens are sent over https, or to a simulator on this machine."""
    assert base == settings(monkeypatch, **ENOUGH | {"GRAPH_BASE_URL": base}).graph_base_url


REFERENCES = [
    "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/name)",
    " @microsoft.keyvault(VaultName=vault;SecretName=name)",
    "@Microsoft.AppConfiguration(Endpoint=https://config.example; Key=name)",
]


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize(
    "name", [str(field.alias) for name, field in Settings.model_fields.items() if name != "webhooks"]
)
def test_a_reference_that_was_not_resolved_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, reference: str
) -> None:
    """If Azure can't resolve the reference, the app gets the reference itself. Any setting may be one."""
    with pytest.raises(ValidationError, match=rf"{name}\n.*not resolved") as refused:
        settings(monkeypatch, **ENOUGH | {name: reference})

    assert "vault.example" not in str(refused.value)


def test_a_reference_in_webhooks_is_left_to_the_door(monkeypatch: pytest.MonkeyPatch) -> None:
    """It closes the door and nothing else."""
    assert settings(monkeypatch, **ENOUGH, WEBHOOKS=REFERENCES[0]).webhooks == REFERENCES[0]


def test_a_connection_string_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the text of the settings nor an error about them shows the storage key."""
    secret = "AccountName=abc;AccountKey=do+not+show="
    shown = repr(settings(monkeypatch, **ENOUGH | {"AzureWebJobsStorage": secret}))
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, AzureWebJobsStorage=secret)

    assert "do+not+show" not in shown + str(refused.value)


@pytest.mark.parametrize("text", [*REFERENCES, "{", "[]"])
def test_what_is_wrong_with_webhooks_stops_no_queue(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The door is closed then. The queues' events have nothing to do with it."""
    assert settings(monkeypatch, **ENOUGH, WEBHOOKS=text).webhooks == text
