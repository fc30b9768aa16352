"""Machines whose clocks are wrong. Still nothing is doubled, and nothing waits forever."""

import pytest

from tests.simulation.run import simulate

SEEDS = range(1000, 1010)


@pytest.mark.parametrize("skew", [60.0, 86_400.0])
def test_each_machine_has_another_time(skew: float) -> None:
    """When a process starts, storage tells it the time before it decides anything."""
    assert [wrong for seed in SEEDS if (wrong := simulate(seed, processes=3, skew=skew).wrong)] == []
