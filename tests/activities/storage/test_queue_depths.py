"""The depths of the queues."""

import pytest

from activities.service import Service


async def test_each_queue_is_published_with_its_depth(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """A queue that does not exist counts as empty."""
    settings = service.settings
    await service.storage.queue(settings.events_queue).send_message("{}")
    await service.storage.queue(f"{settings.events_queue}-poison").delete_queue()

    await service.heartbeat()

    lines = [vars(record) for record in caplog.records if record.getMessage() == "queue_depth"]
    assert {line["queue"]: line["depth"] for line in lines} == {
        settings.events_queue: 1,
        settings.retry_queue: 0,
        f"{settings.events_queue}-poison": 0,
        f"{settings.retry_queue}-poison": 0,
    }
    assert {line["queue"] for line in lines if line["oldest_age"] > 0} == {settings.events_queue}
