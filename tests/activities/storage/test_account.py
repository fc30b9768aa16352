"""How the service reaches its storage account."""

import pytest

from activities.domain.record import ActivityRecord
from activities.service import Service
from activities.settings import Settings
from activities.storage.account import StorageAccount


async def test_an_account_name_leads_to_its_services_by_identity() -> None:
    """In Azure there's a name and an identity but no key, and each client calls its service of that account."""
    settings = Settings.model_validate(
        {"LEARNING_PROVIDER_ID": "p", "AzureWebJobsStorage__accountName": "stlms", "AzureWebJobsStorage__clientId": "c"}
    )
    storage = StorageAccount(settings)
    try:
        urls = storage.queue("q").url, storage.table("t").url, storage.container("c").url
    finally:
        await storage.close()

    assert urls == (
        "https://stlms.queue.core.windows.net/q",
        "https://stlms.table.core.windows.net",
        "https://stlms.blob.core.windows.net/c",
    )


async def test_a_proxy_of_the_environment_is_not_used(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Storage is reached directly, so nothing looks for proxies and passwords before each request."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert (await service.ledger.load("an enrolment")).record == ActivityRecord("an enrolment")
