"""How long commands wait before they look again."""

from itertools import islice

from tools.operate.pauses import pauses


def test_pauses_grow() -> None:
    """Pauses start short and grow: quick results are seen soon, and slow ones cost few requests."""
    assert list(islice(pauses(1.0), 6)) == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
