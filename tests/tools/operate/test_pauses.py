"""How long commands wait before they look again."""

from itertools import islice

from tools.operate.pauses import pauses


def test_pauses_grow() -> None:
    """What the app does at once is seen soon, and what takes long costs few requests."""
    assert list(islice(pauses(1.0), 6)) == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
