"""The app settings: what is refused at start."""

import pytest
from pydantic import ValidationError

from activities.settings import Settings

ENOUGH = {"LEARNING_PROVIDER_ID": "provider", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}


def settings(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """Settings read from an environment with nothing but these values."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_the_defaults_are_the_documented_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nothing but provider and storage set, the app talks to Graph v1.0 under its published names."""
    found = settings(monkeypatch, **ENOUGH)

    assert (found.graph_base_url, found.events_queue, found.retry_queue, found.dead_letter_queue) == (
        "https://graph.microsoft.com/v1.0",
        "lms-events",
        "lms-events-retry",
        "dead-letters",
    )
    assert found.graph_deadline < found.lease


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"AzureWebJobsStorage": "x"}, "LEARNING_PROVIDER_ID"),
        ({"LEARNING_PROVIDER_ID": "provider"}, "AzureWebJobsStorage"),
        (ENOUGH | {"GRAPH_DEADLINE_SECONDS": "60"}, "GRAPH_DEADLINE_SECONDS must be less than LEASE_SECONDS"),
        (ENOUGH | {"SETTLE_SECONDS": "soon"}, "SETTLE_SECONDS"),
        (ENOUGH | {"HOLD_SECONDS": "-1"}, "HOLD_SECONDS"),
        (ENOUGH | {"HOLD_SECONDS": "inf"}, "HOLD_SECONDS"),
        (ENOUGH | {"LMS_EVENTS_QUEUE": ""}, "LMS_EVENTS_QUEUE"),
        (ENOUGH | {"LEARNING_PROVIDER_ID": " "}, "LEARNING_PROVIDER_ID"),
        (ENOUGH | {"AzureWebJobsStorage": "", "AzureWebJobsStorage__accountName": ""}, "AzureWebJobsStorage"),
        (ENOUGH | {"GRAPH_BASE_URL": "http://graph.microsoft.com/v1.0"}, "GRAPH_BASE_URL"),
        (ENOUGH | {"GRAPH_BASE_URL": "graph.microsoft.com/v1.0"}, "GRAPH_BASE_URL"),
        (ENOUGH | {"GRAPH_BASE_URL": "ftp://127.0.0.1"}, "GRAPH_BASE_URL"),
        (ENOUGH | {"GRAPH_BASE_URL": "https://"}, "GRAPH_BASE_URL"),
    ],
)
def test_what_cannot_work_is_refused_at_start(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], complaint: str
) -> None:
    """A wrong setting is named, before any message is touched."""
    with pytest.raises(ValidationError, match=complaint):
        settings(monkeypatch, **values)


def test_an_empty_setting_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty client id, folder or connection string means none."""
    optional = ("AZURE_CLIENT_ID", "AzureWebJobsStorage", "AzureWebJobsStorage__clientId", "LMS_FORMATS_DIR")
    found = settings(
        monkeypatch,
        LEARNING_PROVIDER_ID=" provider\n",
        AzureWebJobsStorage__accountName="account",
        **dict.fromkeys(optional, ""),
    )

    assert found.learning_provider_id == "provider"
    assert found.storage_account_name == "account"
    assert [found.client_id, found.storage_client_id, found.storage_connection_string, found.formats_folder] == [
        None
    ] * 4


@pytest.mark.parametrize("base", ["https://graph.microsoft.com/v1.0", "http://127.0.0.1:9/v1.0", "http://[::1]:9"])
def test_graph_may_be_in_the_cloud_or_on_this_machine(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    """Tokens go over https, or to a simulator here."""
    assert base == settings(monkeypatch, **ENOUGH | {"GRAPH_BASE_URL": base}).graph_base_url


def test_a_connection_string_stays_out_of_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a wrong setting's complaint nor the settings' text shows the storage key."""
    secret = "AccountKey=do-not-show"
    shown = repr(settings(monkeypatch, **ENOUGH | {"AzureWebJobsStorage": secret}))
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, AzureWebJobsStorage=secret)

    assert "do-not-show" not in shown + str(refused.value)
