"""The depths of the queues."""

import pytest

from activities.service import Service


async def test_each_queue_is_published_with_its_depth(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """Dead letters count like other messages, and a queue that does not exist counts as empty."""
    settings = service.settings
    await service.handler.event(b"rubbish")
    await service.storage.queue(f"{settings.events_queue}-poison").delete_queue()

    await service.publish_queue_depths()

    lines = [vars(record) for record in caplog.records if record.getMessage() == "queue_depth"]
    assert {line["queue"]: line["depth"] for line in lines} == {
        settings.events_queue: 0,
        settings.retry_queue: 0,
        f"{settings.events_queue}-poison": 0,
        f"{settings.retry_queue}-poison": 0,
        settings.dead_letter_queue: 1,
    }
    assert {line["queue"] for line in lines if line["oldest_age"] > 0} == {settings.dead_letter_queue}
