"""Wrong settings: the host finds no functions, so messages wait instead of failing one by one."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from azure.storage.queue.aio import QueueClient

from activities.service import Service
from tests.end_to_end.hosts import host
from tests.native_event import event_body

EVENT = event_body().decode()
KEY = "c2VjcmV0"
VISIBILITY = "AzureFunctionsJobHost__extensions__queues__visibilityTimeout"
# A message, the wrong settings, and what the log says about them.
WRONG: dict[str, tuple[str, dict[str, str], str]] = {
    # Otherwise the dead letter couldn't be written, and the message would expire on the poison queue after a week.
    "a container in capital letters": ("rubbish", {"DEAD_LETTER_CONTAINER": "Dead-Letters"}, "DEAD_LETTER_CONTAINER"),
    # The host listens to the lower-case name, and each retry would fail until the event became poison.
    "a queue in capital letters": (EVENT, {"LMS_EVENTS_RETRY_QUEUE": "Lms-Retry"}, "LMS_EVENTS_RETRY_QUEUE"),
    "no room for the poison queue": (EVENT, {"LMS_EVENTS_RETRY_QUEUE": "r" * 60}, "LMS_EVENTS_RETRY_QUEUE"),
    "a table that cannot be": (EVENT, {"ACTIVITIES_TABLE": "lms-activities"}, "ACTIVITIES_TABLE"),
    "one table for two": (EVENT, {"ACTIVITIES_TABLE": "people", "PEOPLE_TABLE": "People"}, "PEOPLE_TABLE"),
    "an unresolved reference": (
        EVENT,
        {"LEARNING_PROVIDER_ID": "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/c2VjcmV0)"},
        "LEARNING_PROVIDER_ID",
    ),
    "a key that was cut": (EVENT, {"AzureWebJobsStorage": f"AccountName=abc;AccountKey={KEY}="}, "AzureWebJobsStorage"),
    "a deadline that outlasts the lease": (EVENT, {"GRAPH_DEADLINE_SECONDS": "3"}, "GRAPH_DEADLINE_SECONDS"),
    "deliveries within the lease": (EVENT, {VISIBILITY: "00:00:03"}, VISIBILITY),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
async def test_messages_stay_while_a_setting_is_wrong(
    service: Service, environment: Mapping[str, str], tmp_path: Path, case: tuple[str, dict[str, str], str]
) -> None:
    """The host process ends. Its log names the setting and shows no secret."""
    text, wrong, named = case
    queue = service.storage.queue(service.settings.events_queue)
    await queue.send_message(text)

    log = await _ended({**environment, **wrong}, tmp_path)

    assert named in log
    assert KEY not in log
    await _still_has(queue, text)


async def test_messages_stay_if_the_account_has_no_tables(
    service: Service, environment: Mapping[str, str], tmp_path: Path
) -> None:
    """The connection string is enough for the trigger. Each message would fail, because the app has no ledger."""
    queue = service.storage.queue(service.settings.events_queue)
    await queue.send_message(EVENT)
    without = environment["AzureWebJobsStorage"].replace("TableEndpoint=http://", "TableEndpoint=http://[")

    log = await _ended({**environment, "AzureWebJobsStorage": without}, tmp_path)

    assert "AzureWebJobsStorage isn't a connection string" in log
    await _still_has(queue, EVENT)


async def test_the_app_loads_with_the_short_form_of_the_emulator(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    """The documentation ends it with a semicolon, which the tables library rejects."""
    short = {"AzureWebJobsStorage": "UseDevelopmentStorage=true;"}

    async with host({**environment, **short}, tmp_path) as running:
        await running.ready()
        assert running.exit_code is None


async def _ended(environment: Mapping[str, str], folder: Path) -> str:
    """Return the log of a host that ends by itself."""
    async with host(environment, folder) as running:
        assert await asyncio.wait_for(running.wait(), 30) != 0
    return running.log.read_text()


async def _still_has(queue: QueueClient, text: str) -> None:
    """Check that the message is unchanged and nobody has received it."""
    [message] = await queue.peek_messages()
    assert (message.content, message.dequeue_count) == (text, 0)
