"""How the service reaches its storage account."""

from activities.settings import Settings
from activities.storage.account import StorageAccount


async def test_an_account_name_leads_to_its_services_by_identity() -> None:
    """In Azure there is a name and an identity but no key, and each client calls its service of that account."""
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
