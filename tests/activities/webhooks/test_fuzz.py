"""A share of `python -m tests.activities.webhooks.fuzz`."""

from tests.activities.webhooks.fuzz.checking import check


async def test_made_up_requests_break_nothing() -> None:
    """Nothing is taken without a proof, no answer is a server error, and no line shows what it must not."""
    found = await check(seed=7, count=3_000)
    assert found.wrong == []
    # The requests are of all sorts.
    assert {200, 204, 400, 401, 413, 415} <= set(found.answers)
    assert found.queued > 100
