"""A trace fails if its rule is taken away. `make mutants` runs all mutants, and a test here runs one."""

from tests.traces.mutants import MUTANTS
from tests.traces.mutate import ROOT, mutated, problem

ONE = "H8: the lease is given back after an unclear response"


def test_a_trace_fails_without_its_rule() -> None:
    """A trace that passes without its rule protects nothing."""
    [mutant] = [mutant for mutant in MUTANTS if mutant.name == ONE]
    assert not problem(mutant)


def test_every_mutant_fits_the_product() -> None:
    """Each text that a mutant replaces is in its file exactly once."""
    for mutant in MUTANTS:
        assert mutated(mutant)


def test_every_mutant_names_a_test_that_exists() -> None:
    """If a test is renamed, its mutant is renamed with it."""
    for mutant in MUTANTS:
        file, _, name = mutant.path.partition("::")
        assert f"def {name.rpartition('::')[2].partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_mutant_says_how_its_test_fails() -> None:
    """Otherwise any failure would do, even one that has nothing to do with the rule."""
    assert not [mutant.name for mutant in MUTANTS if not mutant.end]
