"""The traces notice when a rule is taken away; `make mutants` runs all mutants, the tests here a few."""

import pytest

from tests.traces.mutants import MUTANTS, Mutant
from tests.traces.mutate import ROOT, complaint, mutated

# One for each way to end: a second activity, a regress, a lost record.
FEW = [mutant for mutant in MUTANTS if mutant.name.startswith(("H3:", "H8:", "mark before message"))]


@pytest.mark.parametrize("mutant", FEW, ids=lambda mutant: mutant.name)
def test_a_trace_fails_without_its_rule(mutant: Mutant) -> None:
    """A trace that passes without its rule would protect nothing."""
    assert not complaint(mutant)


def test_every_mutant_fits_the_product() -> None:
    """Each mutant changes what it means to change, so that the table cannot rot between two runs of all."""
    for mutant in MUTANTS:
        assert mutated(mutant)


def test_every_mutant_names_a_trace_that_exists() -> None:
    """A trace that was renamed would fail for another reason than its rule."""
    for mutant in MUTANTS:
        file, _, name = mutant.trace.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / "tests/traces" / file).read_text()
