"""Thousands of bodies: each has a result, and none becomes a completion that its input doesn't state."""

import pytest

from tests.activities.intake.fuzz.shares import KINDS, run_share

BODIES = 10_000
SHARES = 4


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("kind", KINDS)
def test_every_body_has_a_result(kind: str, share: int) -> None:
    """Whatever is made up, removed, retyped or nested, parsing invents no completion and mixes up no two learners."""
    counts = run_share(f"{kind}-{share}", BODIES // SHARES).counts
    # The bodies must lead to every kind of result, or the test would prove nothing.
    assert min(counts[name] for name in ("Understood", "Ignored", "Refused", "Batch", "completions", "named")) > 20, (
        counts
    )
