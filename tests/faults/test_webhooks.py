"""A small run of `python -m tests.faults.webhooks`."""

from tests.faults.webhooks import KILLS, run


async def test_what_was_taken_arrives_exactly_once() -> None:
    """While the queue fails and the door is killed, senders try again."""
    figures = await run(deliveries=150, senders=25)
    assert figures.well, figures
    assert figures.kills == KILLS
    assert set(figures.answers) > {"200", "503"}
