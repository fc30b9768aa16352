"""A share of `python -m tests.activities.webhooks.fuzz`."""

from tests.activities.webhooks.fuzz.checking import check


async def test_made_up_requests_break_nothing() -> None:
    """Nothing is accepted without a proof, no response is a server error, and no line shows what it mustn't."""
    found = await check(seed=7, count=3_000)
    assert found.wrong == []
    # The requests include all sorts.
    assert {200, 204, 400, 401, 413, 415} <= set(found.answers)
    assert found.queued > 100
